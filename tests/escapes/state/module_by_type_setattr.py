"""Module by type setattr: state of the host is overwritten.

state: __import__("json").loads is None
"""
import json
type(json).__setattr__(json, "loads", None)
