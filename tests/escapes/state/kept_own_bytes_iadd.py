"""A library's bytearray of a class of its own grows by a statement.

given: library
state: __import__("kept").OWN_BYTES != b"abc"
"""
import kept
data = kept.OWN_BYTES
data += b"x"
