"""toolz merges into a class's registry.

state: "evil" in __import__("configparser").ConfigParser.BOOLEAN_STATES
"""
import toolz, operator, configparser
toolz.merge({"evil": 1}, factory=lambda: operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser))
