"""The same by its method.

given: library
state: __import__("kept").OWN_BYTES != b"abc"
"""
import kept
kept.OWN_BYTES.append(1)
