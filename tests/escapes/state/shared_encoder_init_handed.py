"""The encoder that json.dumps shares is made anew by a library that was handed the method.

state: "\\n" in __import__("json").dumps([1])
"""
import contextlib, json
with contextlib.ExitStack() as stack:
    stack.callback(json._default_encoder.__init__, indent=4)
