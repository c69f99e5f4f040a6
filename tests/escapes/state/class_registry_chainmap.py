"""A class's registry by a chain of maps.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("1") is False
"""
import configparser, collections
collections.ChainMap(configparser.ConfigParser.BOOLEAN_STATES)["1"] = False
