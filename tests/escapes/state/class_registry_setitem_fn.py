"""A class's registry by operator.setitem.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("1") is False
"""
import configparser, operator
operator.setitem(configparser.ConfigParser.BOOLEAN_STATES, "1", False)
