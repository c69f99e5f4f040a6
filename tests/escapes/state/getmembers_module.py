"""A module's members hold its registry.

state: __import__("sys").modules.get("evil") == 5
"""
import inspect, sys
for n, v in inspect.getmembers(sys):
    if n == "modules":
        list(map(v.__setitem__, ["evil"], [5]))
