"""The same, kept first.

given: library
state: __import__("kept").OWN_SET != {1, 2, 3}
"""
import kept
f = kept.OWN_SET.add
f(9)
