"""The encoder that json.dumps shares is made anew through its class.

state: "\\n" in __import__("json").dumps([1])
"""
import json
json.JSONEncoder.__init__(json._default_encoder, indent=4)
