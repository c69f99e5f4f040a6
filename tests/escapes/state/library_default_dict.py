"""A library's own dict of a class of collections gets an item: the nearest class that is listed decides, not dict.

state: "planted" in __import__("typing")._overload_registry
"""
import typing
registry = typing._overload_registry
registry["planted"] = 1
