"""Imported module: the effect lies outside of ok_dests."""
import sys
with open(ALLOWED + "/written_here.py", "w") as f: f.write(f"open({CANARY + '/w'!r}, 'w')")
sys.path.insert(0, ALLOWED)
import written_here
