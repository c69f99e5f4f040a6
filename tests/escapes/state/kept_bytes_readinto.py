"""A stream is read into a library's bytearray.

given: library
state: __import__("kept").BYTES != b"abc"
"""
import io, kept
io.BytesIO(b"zzz").readinto(kept.BYTES)
