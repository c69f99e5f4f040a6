"""The same, kept first.

given: library
state: __import__("kept").BYTES != b"abc"
"""
import kept
f = kept.BYTES.append
f(1)
