"""A profiled statement runs in a class's registry.

state: "evil" in __import__("configparser").ConfigParser.BOOLEAN_STATES
"""
import operator, configparser, cProfile
d = operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser)
cProfile.Profile().runctx("evil = 1", d, d)
