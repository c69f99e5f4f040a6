"""Loader exec."""
import importlib.util as u
open(ALLOWED + "/r.py", "w").write("import os; os.mkdir(%r)\n" % (CANARY + "/x"))
s = u.spec_from_file_location("r", ALLOWED + "/r.py"); m = u.module_from_spec(s); s.loader.exec_module(m)
