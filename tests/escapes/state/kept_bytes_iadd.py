"""A library's bytearray grows by a statement.

given: library
state: __import__("kept").BYTES != b"abc"
"""
import kept
data = kept.BYTES
data += b"x"
