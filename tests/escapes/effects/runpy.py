"""Runpy: the effect lies outside of ok_dests."""
import runpy
open(ALLOWED + "/m.py", "w").write(f"open({CANARY + '/w'!r}, 'w')")
runpy.run_path(ALLOWED + "/m.py")
