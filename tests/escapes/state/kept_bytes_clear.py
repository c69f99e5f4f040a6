"""A library's bytearray is emptied.

given: library
state: __import__("kept").BYTES != b"abc"
"""
import kept
kept.BYTES.clear()
