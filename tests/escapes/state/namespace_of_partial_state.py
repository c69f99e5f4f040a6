"""A partial's state has a class's registry for its namespace.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("evil") == 1
"""
import operator, configparser, functools
p = functools.partial(print)
p.__setstate__((print, (), {}, operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser)))
p.evil = 1
