"""The same by its method.

state: "planted" in __import__("typing")._overload_registry
"""
import typing
registry = typing._overload_registry
registry.update(planted=1)
