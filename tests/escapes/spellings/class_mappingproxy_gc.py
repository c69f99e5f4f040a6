"""Class mappingproxy gc.

state: getattr(__import__("json").JSONEncoder, "evil", 0)
"""
import json, gc
gc.get_referents(json.JSONEncoder.__dict__)[0]["evil"] = 1
