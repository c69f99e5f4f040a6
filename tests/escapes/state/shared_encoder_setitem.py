"""C code stores an item to the namespace of the encoder that json.dumps shares.

state: "\\n" in __import__("json").dumps([1])
"""
import json, operator
list(map(operator.setitem, [operator.attrgetter("_default_encoder.__dict__")(json)], ["indent"], [4]))
