"""A library's counter is subtracted from.

given: library
state: __import__("kept").COUNTS != {"a": 2, "b": 1}
"""
import kept
kept.COUNTS.subtract("aa")
