"""A library's UserDict grows by a statement.

given: library
state: dict(__import__("kept").USER_DICT) != {"a": 1}
"""
import kept
table = kept.USER_DICT
table |= {"x": 1}
