"""Module by augmented: state of the host is overwritten.

state: __import__("json").__version__.endswith("x")
"""
import json
json.loads = json.loads
json.__version__ += "x"
