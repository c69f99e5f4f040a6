"""Pickled data calls a registry's method.

state: __import__("sys").modules.get("evil") == 5
"""
import pickle
pickle.loads(b"\x80\x04\x8c\x03sys\x8c\x0emodules.update\x93}\x8c\x04evilK\x05s\x85R.")
