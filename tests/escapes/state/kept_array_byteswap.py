"""The bytes of a library's array change places.

given: library
state: list(__import__("kept").NUMBERS) != [3, 1, 2]
"""
import kept
kept.NUMBERS.byteswap()
