"""s_setstate_mod.

state: type(__import__('json')).__name__ == 'M'
"""
import json
class M(type(json)): pass
json.__class__ = M
