"""map calls the pop of a library's bytearray.

given: library
state: __import__("kept").BYTES != b"abc"
"""
import kept
list(map(kept.BYTES.pop, [0]))
