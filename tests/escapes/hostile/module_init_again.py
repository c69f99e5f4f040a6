"""A module made anew in place.

hostile: it calls ModuleType.__init__ on a module that is there
state: __import__("json").__name__ != "json"
"""
import json, types
types.ModuleType.__init__(json, "evil")
