"""Module by attribute: state of the host is overwritten.

state: __import__("json").loads is None
"""
import json
json.loads = None
