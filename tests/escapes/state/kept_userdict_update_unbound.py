"""UserDict.update is called with a library's.

given: library
state: dict(__import__("kept").USER_DICT) != {"a": 1}
"""
import collections, kept
collections.UserDict.update(kept.USER_DICT, x=1)
