"""A partial's attributes are the items of a class's registry.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("evil") == 1
"""
import operator, configparser, functools
p = functools.partial(print)
p.__dict__ = operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser)
p.evil = 1
