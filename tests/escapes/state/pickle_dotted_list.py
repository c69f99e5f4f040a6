"""Pickled data appends to a list.

state: 5 in __import__("sys").path_hooks
"""
import pickle
pickle.loads(b"\x80\x04\x8c\x03sys\x8c\x11path_hooks.append\x93K\x05\x85R.")
