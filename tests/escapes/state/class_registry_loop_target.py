"""A class's registry as a target.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("1") is False
"""
import configparser
for configparser.ConfigParser.BOOLEAN_STATES["1"] in [False]: pass
