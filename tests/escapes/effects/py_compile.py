"""Py compile: the effect lies outside of ok_dests."""
import py_compile, os
open(ALLOWED + "/m.py", "w").close()
py_compile.compile(ALLOWED + "/m.py", cfile=CANARY + "/w")
