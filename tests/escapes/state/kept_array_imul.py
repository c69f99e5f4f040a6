"""A library's array is repeated by a statement.

given: library
state: list(__import__("kept").NUMBERS) != [3, 1, 2]
"""
import kept
numbers = kept.NUMBERS
numbers *= 2
