"""operator.setitem on a library's ordered dict.

given: library
state: list(__import__("kept").ORDERED.items()) != [("a", 1), ("b", 2)]
"""
import kept, operator
operator.setitem(kept.ORDERED, "x", 1)
