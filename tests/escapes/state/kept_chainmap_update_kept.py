"""The same, kept first.

given: library
state: dict(__import__("kept").CHAIN) != {"a": 1}
"""
import kept
f = kept.CHAIN.update
f(x=1)
