"""Pickled data calls a registry's method, unpickled in Python.

state: __import__("sys").modules.get("evil") == 5
"""
import pickle, io
pickle._Unpickler(io.BytesIO(b"\x80\x04\x8c\x03sys\x8c\x0emodules.update\x93}\x8c\x04evilK\x05s\x85R.")).load()
