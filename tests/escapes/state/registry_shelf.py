"""A shelf over a class's registry.

state: b"evil" in __import__("configparser").ConfigParser.BOOLEAN_STATES
"""
import shelve, operator, configparser
shelve.Shelf(operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser))["evil"] = 1
