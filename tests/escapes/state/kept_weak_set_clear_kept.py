"""The clear of a library's WeakSet is kept first.

given: library
state: len(__import__("kept").WEAK_SET) != 1
"""
import kept
f = kept.WEAK_SET.clear
f()
