"""Function kwdefaults: state of the host is overwritten.

state: __import__("json").dumps.__kwdefaults__["indent"] == 7
"""
import json
json.dumps.__kwdefaults__["indent"] = 7
