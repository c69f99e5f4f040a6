"""The encoder that json.dumps shares is made anew.

state: "\\n" in __import__("json").dumps([1])
"""
import json
json._default_encoder.__init__(indent=4)
