"""A registry that is found without getattr.

state: __import__("sys").modules.get("evil") == 5
"""
import inspect, sys
d = inspect.getattr_static(sys, "modules")
list(map(d.__setitem__, ["evil"], [5]))
