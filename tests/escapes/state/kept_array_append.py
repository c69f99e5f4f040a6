"""A library's array is appended to.

given: library
state: list(__import__("kept").NUMBERS) != [3, 1, 2]
"""
import kept
kept.NUMBERS.append(9)
