"""Pickled data stores an item.

state: __import__("sys").modules.get("evil") == 5
"""
import pickle
pickle.loads(b"\x80\x04\x8c\x09_operator\x8c\x07setitem\x93\x8c\x03sys\x8c\x07modules\x93\x8c\x04evilK\x05\x87R.")
