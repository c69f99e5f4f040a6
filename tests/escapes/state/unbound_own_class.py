"""A library's method as a cell's class's own, called with a module.

state: getattr(__import__("keyword"), "thing", None) == 5
"""
import contextlib, keyword
class C:
    set = contextlib.closing.__init__
C.set(keyword, 5)
