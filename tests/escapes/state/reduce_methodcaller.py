"""A copy calls by methodcaller.

state: __import__("keyword").kwlist == []
"""
import copy, operator, keyword
class R:
    def __reduce__(self):
        return operator.methodcaller("__getattribute__", "kwlist"), (keyword,)
copy.copy(R()).clear()
