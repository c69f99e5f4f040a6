"""A library's WeakSet shrinks by a statement.

given: library
state: len(__import__("kept").WEAK_SET) != 1
"""
import kept
names = kept.WEAK_SET
names -= {kept.KEY}
