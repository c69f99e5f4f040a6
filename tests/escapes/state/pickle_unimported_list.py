"""Pickled data appends to a list of a module that is not imported yet.

state: "evil" in __import__("opcode").hasconst
"""
import pickle
pickle.loads(b"\x80\x04\x8c\x06opcode\x8c\x08hasconst\x93\x8c\x04evila.")
