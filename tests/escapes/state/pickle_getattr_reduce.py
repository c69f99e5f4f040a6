"""Pickled data fetches a registry's method and calls it.

state: __import__("sys").modules.get("evil") == 5
"""
import pickle
pickle.loads(b"\x80\x04\x8c\x09_operator\x8c\x0aattrgetter\x93\x8c\x0emodules.update\x85R\x8c\x08builtins\x8c\x0a__import__\x93\x8c\x03sys\x85R\x85R}\x8c\x04evilK\x05s\x85R.".replace(b"\x8c\x08builtins\x8c\x0a__import__\x93\x8c\x03sys\x85R", b"\x8c\x07logging\x8c\x03sys\x93"))
