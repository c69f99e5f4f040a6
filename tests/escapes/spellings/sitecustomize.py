"""Sitecustomize."""
open(ALLOWED + "/sitecustomize.py", "w").write("import os; os.mkdir(%r)\n" % (CANARY + "/x"))
import sys; sys.path.insert(0, ALLOWED); sys.modules.pop("sitecustomize", None)
import sitecustomize
