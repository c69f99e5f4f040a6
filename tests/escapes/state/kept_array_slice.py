"""A slice of a library's array.

given: library
state: list(__import__("kept").NUMBERS) != [3, 1, 2]
"""
import array, kept
kept.NUMBERS[:1] = array.array("i")
