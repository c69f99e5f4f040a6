"""A class's registry by an operator's function.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("1") is False
"""
import configparser, operator
operator.ior(configparser.ConfigParser.BOOLEAN_STATES, {"1": False})
