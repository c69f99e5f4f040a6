"""pydantic evaluates an annotation that stores to sys.modules.

state: __import__("sys").modules.get("evil") == 1
"""
import pydantic, sys
class M(pydantic.BaseModel):
    x: "[[0 for sys.modules['evil'] in [1]], int][1]"
