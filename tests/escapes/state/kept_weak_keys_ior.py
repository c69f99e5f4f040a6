"""A library's WeakKeyDictionary changes by a statement.

given: library
state: list(__import__("kept").WEAK_KEYS.values()) != [1]
"""
import kept
table = kept.WEAK_KEYS
table |= {kept.KEY: 2}
