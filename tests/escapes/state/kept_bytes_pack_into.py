"""struct packs into a library's bytearray.

given: library
state: __import__("kept").BYTES != b"abc"
"""
import kept, struct
struct.pack_into("b", kept.BYTES, 0, 1)
