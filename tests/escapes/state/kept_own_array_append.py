"""A library's array of a class of its own is appended to.

given: library
state: list(__import__("kept").OWN_NUMBERS) != [3, 1, 2]
"""
import kept
kept.OWN_NUMBERS.append(9)
