"""Module by comprehension: state of the host is overwritten.

state: __import__("json").loads is None
"""
import json
[0 for json.loads in [None]]
