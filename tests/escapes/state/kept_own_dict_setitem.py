"""An item of a library's dict of a class of its own.

given: library
state: dict(__import__("kept")._OWN_DICT) != {"a": 1}
"""
import kept
kept._OWN_DICT["x"] = 1
