"""sys.stdout is an object whose write is a method of a path's; the host prints.

host: print("x")
"""
import sys, pathlib, types
sys.stdout = types.SimpleNamespace(write=pathlib.Path(CANARY + "/x").write_text, flush=list)
