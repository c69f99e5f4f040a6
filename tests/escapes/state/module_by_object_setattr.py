"""Module by object setattr: state of the host is overwritten.

state: __import__("json").loads is None
"""
import json
object.__setattr__(json, "loads", None)
