"""The encoder that json.dumps shares is made anew by methodcaller.

state: "\\n" in __import__("json").dumps([1])
"""
import json, operator
operator.methodcaller("__init__", indent=4)(json._default_encoder)
