"""object.__setattr__ of a module's subclass instance.

state: __import__("keyword").kwlist == 5
"""
import keyword, types
types.ModuleType.__setattr__(keyword, "kwlist", 5)
