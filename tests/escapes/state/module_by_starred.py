"""Module by starred: state of the host is overwritten.

state: __import__("json").loads == []
"""
import json
*json.loads, x = [1]
