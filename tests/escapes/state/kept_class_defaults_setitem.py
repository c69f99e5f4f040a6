"""An item of a defaultdict that a library's class has.

given: library
state: __import__("kept").Holder.defaults != {"a": []}
"""
import kept
kept.Holder.defaults["x"] = 1
