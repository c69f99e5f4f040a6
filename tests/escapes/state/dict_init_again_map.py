"""dict.__init__ is mapped over a registry.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("evil") == 1
"""
import operator, configparser
list(map(dict.__init__, [operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser)], [{"evil": 1}]))
