"""A method that an attrgetter fetched is called with keywords.

state: __import__("sys").modules.get("evil") == 5
"""
import operator, sys
operator.attrgetter("modules.update")(sys)(evil=5)
