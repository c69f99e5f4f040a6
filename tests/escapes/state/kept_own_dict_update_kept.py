"""The update of such a dict is kept first.

given: library
state: dict(__import__("kept")._OWN_DICT) != {"a": 1}
"""
import kept
f = kept._OWN_DICT.update
f(x=1)
