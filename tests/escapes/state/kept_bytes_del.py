"""A byte of a library's bytearray is taken out.

given: library
state: __import__("kept").BYTES != b"abc"
"""
import kept
del kept.BYTES[0]
