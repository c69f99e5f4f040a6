"""pydantic evaluates an annotation whose loop assigns to a module.

state: getattr(__import__("json"), "dumps", 1) == 1
"""
import pydantic, json
class M(pydantic.BaseModel):
    x: "[[0 for json.dumps.__globals__['dumps'] in [1]], int][1]"
