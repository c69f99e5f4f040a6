"""The update of a library's counter is kept first.

given: library
state: __import__("kept").COUNTS != {"a": 2, "b": 1}
"""
import kept
f = kept.COUNTS.update
f("zz")
