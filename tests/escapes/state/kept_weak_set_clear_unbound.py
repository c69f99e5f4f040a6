"""WeakSet.clear is called with a library's.

given: library
state: len(__import__("kept").WEAK_SET) != 1
"""
import kept, weakref
weakref.WeakSet.clear(kept.WEAK_SET)
