"""dict.__init__ fills such a dict.

given: library
state: dict(__import__("kept")._OWN_DICT) != {"a": 1}
"""
import kept
dict.__init__(kept._OWN_DICT, x=1)
