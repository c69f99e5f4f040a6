"""An exception's attributes are the items of a class's registry.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("evil") == 1
"""
import operator, configparser
e = ValueError()
e.__dict__ = operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser)
e.evil = 1
