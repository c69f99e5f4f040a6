"""The __setitem__ of a library's defaultdict is kept first.

given: library
state: __import__("kept").DEFAULTS != {"a": []}
"""
import kept
f = kept.DEFAULTS.__setitem__
f("x", 1)
