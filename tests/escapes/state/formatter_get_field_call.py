"""A field that a formatter fetched is called.

state: __import__("sys").modules.get("evil") == 5
"""
import string, sys
string.Formatter().get_field("0.modules.__setitem__", (sys,), {})[0]("evil", 5)
