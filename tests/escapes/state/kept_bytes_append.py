"""A library's bytearray is appended to.

given: library
state: __import__("kept").BYTES != b"abc"
"""
import kept
kept.BYTES.append(1)
