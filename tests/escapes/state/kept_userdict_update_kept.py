"""The update of a library's UserDict is kept first.

given: library
state: dict(__import__("kept").USER_DICT) != {"a": 1}
"""
import kept
f = kept.USER_DICT.update
f(x=1)
