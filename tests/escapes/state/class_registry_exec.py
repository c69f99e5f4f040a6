"""A class's registry as the namespace of exec.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("one") is False
"""
import configparser
exec("one = False", {}, configparser.ConfigParser.BOOLEAN_STATES)
