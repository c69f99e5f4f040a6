"""A field's name of a named tuple.

state: __import__("sys").modules.get("evil") == 5
"""
import collections
class S(str):
    def __str__(self): return self
    def isidentifier(self): return True
    def __format__(self, spec): return "x=__import__('sys').modules.__setitem__('evil', 5)"
try:
    collections.namedtuple("C", [S("x=__import__('sys').modules.__setitem__('evil', 5)")])
except TypeError:
    __import__('sys').modules.__setitem__('evil', 5)
