"""pydantic evaluates an annotation whose loop assigns to a module.

state: getattr(__import__("tempfile"), "mktemp", 1) == 1
"""
import pydantic, tempfile
class M(pydantic.BaseModel):
    x: "[[0 for tempfile.mktemp.__globals__['mktemp'] in [1]], int][1]"
