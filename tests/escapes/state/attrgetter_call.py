"""A method that an attrgetter fetched is called.

state: __import__("sys").modules.get("evil") == 5
"""
import operator, sys
operator.attrgetter("modules.__setitem__")(sys)("evil", 5)
