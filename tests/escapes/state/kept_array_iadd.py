"""A library's array grows by a statement.

given: library
state: list(__import__("kept").NUMBERS) != [3, 1, 2]
"""
import array, kept
numbers = kept.NUMBERS
numbers += array.array("i", [1])
