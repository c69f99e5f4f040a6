"""An object's attributes are the items of a class's registry.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("evil") == 1
"""
import operator, configparser
class C: pass
x = C(); x.__dict__ = operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser)
x.evil = 1
