"""operator.setitem on a class's registry that attrgetter gave.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("evil") == 1
"""
import operator, configparser
operator.setitem(operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser), "evil", 1)
