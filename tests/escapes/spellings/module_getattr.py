"""Module getattr.

state: getattr(vars(__import__("json")).get("__getattr__"), "__name__", "") == "<lambda>"
"""
import json
json.__getattr__ = lambda n: 1
