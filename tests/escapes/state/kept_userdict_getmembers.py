"""inspect.getmembers gives the update of a library's UserDict.

given: library
state: dict(__import__("kept").USER_DICT) != {"a": 1}
"""
import inspect, kept
dict(inspect.getmembers(kept.USER_DICT))["update"](x=1)
