"""Class abstract.

state: __import__("json").JSONEncoder.__doc__ == "evil"
"""
import json
json.JSONEncoder.__doc__ = "evil"
