"""OrderedDict.__setitem__ of a library's.

given: library
state: list(__import__("kept").ORDERED.items()) != [("a", 1), ("b", 2)]
"""
import collections, kept
collections.OrderedDict.__setitem__(kept.ORDERED, "x", 1)
