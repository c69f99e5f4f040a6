"""Pickle setitem.

state: "evil" in __import__("sys").modules
"""
import pickle
pickle.loads(b"csys\nmodules\nVevil\nI1\ns.")
