"""Type dict setter.

state: getattr(__import__("json").JSONEncoder, "evil", 0)
"""
import json
type.__setattr__(json.JSONEncoder, "evil", 1)
