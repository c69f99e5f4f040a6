"""The pop of a library's ordered dict is kept first.

given: library
state: list(__import__("kept").ORDERED.items()) != [("a", 1), ("b", 2)]
"""
import kept
f = kept.ORDERED.pop
f("a")
