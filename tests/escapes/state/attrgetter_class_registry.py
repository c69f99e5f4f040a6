"""A class's registry by a fetched method.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("1") is False
"""
import operator, configparser
list(map(operator.attrgetter("BOOLEAN_STATES.__setitem__")(configparser.ConfigParser), ["1"], [False]))
