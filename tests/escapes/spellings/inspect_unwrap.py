"""Inspect unwrap."""
import inspect, functools
f = functools.wraps(__import__("os").mkdir)(lambda *a: 0)
inspect.unwrap(f)(CANARY + "/x")
