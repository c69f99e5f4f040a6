"""The encoder that json.dumps shares is made anew by a method that was fetched.

state: "\\n" in __import__("json").dumps([1])
"""
import json, operator
operator.attrgetter("__init__")(json._default_encoder)(indent=4)
