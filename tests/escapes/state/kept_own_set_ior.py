"""Such a set grows by a statement.

given: library
state: __import__("kept").OWN_SET != {1, 2, 3}
"""
import kept
names = kept.OWN_SET
names |= {9}
