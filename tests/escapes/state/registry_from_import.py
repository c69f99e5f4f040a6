"""A module's registry, imported by name.

state: ".none" in __import__("mimetypes").types_map
"""
from mimetypes import types_map
types_map[".none"] = "x/y"
