"""Bytes are put into a library's array.

given: library
state: list(__import__("kept").NUMBERS) != [3, 1, 2]
"""
import kept
kept.NUMBERS.frombytes(b"zzzz")
