"""A field that a formatter fetched.

state: __import__("sys").modules.get("evil") == 5
"""
import string, sys
f = string.Formatter().get_field("0.modules.__setitem__", (sys,), {})[0]
list(map(f, ["evil"], [5]))
