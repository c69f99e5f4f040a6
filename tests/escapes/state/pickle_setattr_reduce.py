"""Pickled data stores by setattr.

state: __import__("queue").Queue.put == 5
"""
import pickle
pickle.loads(b"\x80\x04\x8c\x08builtins\x8c\x07setattr\x93\x8c\x05queue\x8c\x05Queue\x93\x8c\x03putK\x05\x87R.")
