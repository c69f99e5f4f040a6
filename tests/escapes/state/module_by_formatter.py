"""Module by formatter: state of the host is overwritten.

state: __import__("json").loads is None
"""
import json, string
string.Formatter().get_field("0.__globals__", (json.dumps,), {})[0]["loads"] = None
