"""The namespace of the encoder that json.dumps shares is updated.

state: "\\n" in __import__("json").dumps([1])
"""
import json, operator
operator.attrgetter("_default_encoder.__dict__")(json).update(indent=4)
