"""An entry point is loaded, and mapped.

state: __import__("sys").modules.get("evil") == 5
"""
from importlib.metadata import EntryPoint
list(map(EntryPoint("x", "sys:modules.__setitem__", "g").load(), ["evil"], [5]))
