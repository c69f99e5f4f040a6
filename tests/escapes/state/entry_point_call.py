"""An entry point is loaded, and called.

state: __import__("sys").modules.get("evil") == 5
"""
from importlib.metadata import EntryPoint
EntryPoint("x", "sys:modules.__setitem__", "g").load()("evil", 5)
