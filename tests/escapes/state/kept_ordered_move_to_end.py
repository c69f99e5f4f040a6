"""A library's ordered dict has another order.

given: library
state: list(__import__("kept").ORDERED.items()) != [("a", 1), ("b", 2)]
"""
import kept
kept.ORDERED.move_to_end("a")
