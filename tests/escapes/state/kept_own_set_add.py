"""A library's set of a class of its own is added to.

given: library
state: __import__("kept").OWN_SET != {1, 2, 3}
"""
import kept
kept.OWN_SET.add(9)
