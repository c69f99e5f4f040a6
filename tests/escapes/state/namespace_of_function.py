"""A function's attributes are the items of a class's registry.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("evil") == 1
"""
import operator, configparser
def f(): pass
f.__dict__ = operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser)
f.evil = 1
