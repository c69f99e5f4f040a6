"""Module by unpacking: state of the host is overwritten.

state: __import__("json").loads is None
"""
import json
json.loads, x = None, 1
