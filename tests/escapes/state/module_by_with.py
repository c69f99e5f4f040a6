"""Module by with: state of the host is overwritten.

state: __import__("json").loads is None
"""
import json, contextlib
with contextlib.nullcontext() as json.loads: pass
