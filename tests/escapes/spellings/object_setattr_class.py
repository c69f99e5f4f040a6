"""Object setattr class.

state: type(__import__("json")).__name__ == "M"
"""
import json, types
class M(types.ModuleType): pass
object.__setattr__(json, "__class__", M)
