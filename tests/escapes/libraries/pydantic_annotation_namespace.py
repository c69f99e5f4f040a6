"""pydantic evaluates an annotation that changes a module's namespace.

state: getattr(__import__("tempfile"), "mktemp", 1) == 1
"""
import pydantic, tempfile
class M(pydantic.BaseModel):
    x: "[tempfile.mktemp.__globals__.__setitem__('mktemp', 1), int][1]"
