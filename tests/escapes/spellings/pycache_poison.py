"""Pycache poison."""
import py_compile, sys, os, shutil, importlib.util
open(ALLOWED + "/evil.py", "w").write("import os; os.mkdir(%r)\n" % (CANARY + "/x"))
open(ALLOWED + "/good.py", "w").write("")
os.makedirs(ALLOWED + "/__pycache__", exist_ok=True)
py_compile.compile(ALLOWED + "/evil.py", cfile=importlib.util.cache_from_source(ALLOWED + "/good.py"), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
sys.path.insert(0, ALLOWED)
import good
