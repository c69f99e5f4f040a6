"""Such a dict grows by a statement.

given: library
state: dict(__import__("kept")._OWN_DICT) != {"a": 1}
"""
import kept
table = kept._OWN_DICT
table |= {"x": 1}
