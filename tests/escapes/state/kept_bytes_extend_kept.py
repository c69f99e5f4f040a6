"""The extend of a library's bytearray is kept first.

given: library
state: __import__("kept").BYTES != b"abc"
"""
import kept
f = kept.BYTES.extend
f(b"x")
