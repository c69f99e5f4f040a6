"""A view of a view of a library's bytearray is written to.

given: library
state: __import__("kept").BYTES != b"abc"
"""
import kept
view = memoryview(kept.BYTES).cast("B")
view[:] = b"zzz"
