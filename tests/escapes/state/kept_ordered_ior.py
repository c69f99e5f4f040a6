"""A library's ordered dict grows by a statement.

given: library
state: list(__import__("kept").ORDERED.items()) != [("a", 1), ("b", 2)]
"""
import kept
ordered = kept.ORDERED
ordered |= {"x": 1}
