"""The shared instance of reprlib is changed.

state: __import__("reprlib").repr(5) == "x"
"""
import reprlib
reprlib.aRepr.repr_int = lambda x, level: "x"
