"""Module by for: state of the host is overwritten.

state: __import__("json").loads is None
"""
import json
for json.loads in [None]: pass
