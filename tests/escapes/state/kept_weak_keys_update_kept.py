"""The update of a library's WeakKeyDictionary is kept first.

given: library
state: list(__import__("kept").WEAK_KEYS.values()) != [1]
"""
import kept
f = kept.WEAK_KEYS.update
f({kept.KEY: 2})
