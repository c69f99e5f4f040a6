"""The annotations of a host's class.

state: "planted" in __import__("typing").NamedTuple.__dict__.get("__annotations__", {}) or "planted" in __import__("importlib.metadata", fromlist=["x"]).EntryPoint.__annotations__
"""
import importlib.metadata
importlib.metadata.EntryPoint.__annotations__["planted"] = 5
