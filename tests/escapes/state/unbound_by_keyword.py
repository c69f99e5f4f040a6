"""A method of a library's class gets its self by keyword.

state: getattr(__import__("os").environ, "thing", None) == 5
"""
import contextlib, os
f = contextlib.closing.__init__
f(self=os.environ, thing=5)
