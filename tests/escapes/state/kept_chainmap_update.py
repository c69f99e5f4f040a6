"""A library's ChainMap is updated.

given: library
state: dict(__import__("kept").CHAIN) != {"a": 1}
"""
import kept
kept.CHAIN.update(x=1)
