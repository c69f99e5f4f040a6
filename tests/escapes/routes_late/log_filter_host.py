"""A filter of the root logger is a method of a path's.

host: __import__("logging").error("x")
"""
import functools, logging, pathlib, types
f = types.SimpleNamespace(filter=functools.partial(next, iter([1])))
r = pathlib.Path(CANARY + "/victim")
logging.getLogger().addFilter(functools.partial(pathlib.Path.write_text, r, "x", "utf-8", errors=None) if False else functools.partial(pathlib.Path.touch, r))
