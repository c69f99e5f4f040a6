"""A member is mapped.

state: __import__("sys").modules.get("evil") == 5
"""
import inspect, sys
m = dict(inspect.getmembers(sys.modules))
list(map(m["__setitem__"], ["evil"], [5]))
