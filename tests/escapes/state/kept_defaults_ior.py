"""A library's defaultdict grows by a statement.

given: library
state: __import__("kept").DEFAULTS != {"a": []}
"""
import kept
defaults = kept.DEFAULTS
defaults |= {"x": 1}
