"""copy gives the encoder that json.dumps shares another state.

state: "\\n" in __import__("json").dumps([1])
"""
import json, copy
class C:
    def __reduce_ex__(self, p): return (lambda: json._default_encoder, (), {"indent": 4})
copy.copy(C())
