"""A library's ChainMap grows by a statement.

given: library
state: dict(__import__("kept").CHAIN) != {"a": 1}
"""
import kept
chain = kept.CHAIN
chain |= {"x": 1}
