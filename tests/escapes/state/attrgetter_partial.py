"""A method that an attrgetter fetched, in a partial.

state: __import__("sys").modules.get("evil") == 5
"""
import operator, sys, functools
functools.partial(operator.attrgetter("modules.update")(sys), evil=5)()
