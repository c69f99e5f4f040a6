"""A class's registry by vars.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("1") is False
"""
import configparser
vars(configparser.RawConfigParser)["BOOLEAN_STATES"].update({"1": False})
