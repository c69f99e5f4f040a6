"""The extend of a library's array is kept first.

given: library
state: list(__import__("kept").NUMBERS) != [3, 1, 2]
"""
import kept
f = kept.NUMBERS.extend
f([9])
