"""pydantic evaluates an annotation that changes a module's namespace.

state: getattr(__import__("json"), "dumps", 1) == 1
"""
import pydantic, json
class M(pydantic.BaseModel):
    x: "[json.dumps.__globals__.__setitem__('dumps', 1), int][1]"
