"""bytearray.__init__ begins a library's anew.

given: library
state: __import__("kept").BYTES != b"abc"
"""
import kept
kept.BYTES.__init__(b"")
