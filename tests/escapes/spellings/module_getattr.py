"""Module getattr.

state: "__getattr__" in vars(__import__("json"))
"""
import json
json.__getattr__ = lambda n: 1
