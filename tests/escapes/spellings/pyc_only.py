"""Pyc only."""
import py_compile, sys, os
open(ALLOWED + "/m1.py", "w").write("import os; os.mkdir(%r)\n" % (CANARY + "/x"))
py_compile.compile(ALLOWED + "/m1.py", cfile=ALLOWED + "/m2.pyc")
sys.path.insert(0, ALLOWED)
import m2
