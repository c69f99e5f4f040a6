"""A class's registry by an instance of a subclass.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("1") is False
"""
import configparser
class C(configparser.ConfigParser):
    def __init__(self): self.BOOLEAN_STATES["1"] = False
C()
