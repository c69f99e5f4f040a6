"""Runpy path."""
import runpy
open(ALLOWED + "/r.py", "w").write("import os; os.mkdir(%r)\n" % (CANARY + "/x"))
runpy.run_path(ALLOWED + "/r.py")
