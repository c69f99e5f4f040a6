"""A dict that a class of the library has.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("1") is False
"""
import configparser
configparser.ConfigParser.BOOLEAN_STATES["1"] = False
