"""An entry point is loaded, and called with keywords.

state: __import__("sys").modules.get("evil") == 5
"""
from importlib.metadata import EntryPoint
EntryPoint("x", "sys:modules.update", "g").load()(evil=5)
