"""Module by match args: state of the host is overwritten.

state: __import__("json").loads is None
"""
class M(type):
    def __instancecheck__(c, o): return True
class X(metaclass=M):
    __match_args__ = ("__globals__",)
import json
match json.dumps:
    case X(g): g["loads"] = None
