"""Attributes through object's method.

state: __import__("sys").modules.get("evil") == 5
"""
import functools, operator, sys
f = operator.attrgetter("modules.__setitem__")(sys)
list(map(f, ["evil"], [5]))
