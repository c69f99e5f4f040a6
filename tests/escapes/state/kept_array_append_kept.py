"""The same, kept first.

given: library
state: list(__import__("kept").NUMBERS) != [3, 1, 2]
"""
import kept
f = kept.NUMBERS.append
f(9)
