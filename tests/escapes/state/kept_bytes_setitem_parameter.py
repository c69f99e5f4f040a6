"""The same of a parameter.

given: library
state: __import__("kept").BYTES != b"abc"
"""
import kept
def change(data):
    data[0] = 1
change(kept.BYTES)
