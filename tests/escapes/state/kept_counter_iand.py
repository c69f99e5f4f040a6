"""A library's counter is cut by a statement.

given: library
state: __import__("kept").COUNTS != {"a": 2, "b": 1}
"""
import collections, kept
counts = kept.COUNTS
counts &= collections.Counter("a")
