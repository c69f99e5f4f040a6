"""methodcaller updates a library's UserDict.

given: library
state: dict(__import__("kept").USER_DICT) != {"a": 1}
"""
import kept, operator
operator.methodcaller("update", x=1)(kept.USER_DICT)
