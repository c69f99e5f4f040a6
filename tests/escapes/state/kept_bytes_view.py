"""A view of a library's bytearray is written to.

given: library
state: __import__("kept").BYTES != b"abc"
"""
import kept
view = memoryview(kept.BYTES)
view[0] = 1
