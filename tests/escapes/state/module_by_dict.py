"""Module by dict: state of the host is overwritten.

state: __import__("json").loads is None
"""
import json
json.__dict__["loads"] = None
