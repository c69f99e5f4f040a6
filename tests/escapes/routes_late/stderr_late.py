"""sys.stderr's write is a method of a path's; the host warns.

host: __import__("warnings").warn("x")
"""
import sys, pathlib, types
sys.stderr = types.SimpleNamespace(write=pathlib.Path(CANARY + "/x").write_text, flush=list)
