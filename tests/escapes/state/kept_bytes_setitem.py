"""A byte of a library's bytearray.

given: library
state: __import__("kept").BYTES != b"abc"
"""
import kept
kept.BYTES[0] = 1
