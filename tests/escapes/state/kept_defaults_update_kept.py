"""The update of a library's defaultdict is kept first.

given: library
state: __import__("kept").DEFAULTS != {"a": []}
"""
import kept
f = kept.DEFAULTS.update
f(x=1)
