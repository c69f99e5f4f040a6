"""Module by del: state of the host is overwritten.

state: not hasattr(__import__("json"), "loads")
"""
import json
del json.loads
