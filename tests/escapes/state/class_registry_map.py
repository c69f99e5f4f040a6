"""A class's registry by a bound method.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("1") is False
"""
import configparser
list(map(configparser.ConfigParser.BOOLEAN_STATES.__setitem__, ["1"], [False]))
