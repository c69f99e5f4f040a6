"""A copy calls a registry's method.

state: __import__("sys").modules.get("evil") == 5
"""
import copy, operator, sys
class R:
    def __reduce__(self):
        return operator.attrgetter("modules.__setitem__")(sys), ("evil", 5)
copy.copy(R())
