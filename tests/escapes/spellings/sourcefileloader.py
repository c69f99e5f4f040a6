"""Sourcefileloader."""
import importlib.machinery as m
open(ALLOWED + "/r.py", "w").write("import os; os.mkdir(%r)\n" % (CANARY + "/x"))
m.SourceFileLoader("r", ALLOWED + "/r.py").load_module()
