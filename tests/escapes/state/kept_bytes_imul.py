"""A library's bytearray is repeated by a statement.

given: library
state: __import__("kept").BYTES != b"abc"
"""
import kept
data = kept.BYTES
data *= 2
