"""A module made anew in place.

state: __import__("json").__name__ != "json"
"""
import json, types
types.ModuleType.__init__(json, "evil")
