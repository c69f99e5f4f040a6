"""The pop of a library's WeakValueDictionary is kept first.

given: library
state: list(__import__("kept").WEAK_VALUES) != ["a"]
"""
import kept
f = kept.WEAK_VALUES.pop
f("a")
