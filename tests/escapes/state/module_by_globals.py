"""Module by globals: state of the host is overwritten.

state: __import__("json").loads is None
"""
import json
json.dumps.__globals__["loads"] = None
