"""A class's registry is a hook's result.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("1") is False
"""
import configparser, json
d = configparser.ConfigParser.BOOLEAN_STATES
def f():
    d.setdefault("zz", 1)
    d |= {"1": False}
d |= {"1": False}
