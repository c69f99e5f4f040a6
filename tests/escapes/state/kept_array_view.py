"""A view of a library's array is written to.

given: library
state: list(__import__("kept").NUMBERS) != [3, 1, 2]
"""
import kept
view = memoryview(kept.NUMBERS)
view[0] = 9
