"""The encoder that json.dumps shares is given another default.

state: __import__("json").dumps(object) == "5"
"""
import json
json._default_encoder.default = lambda o: 5
