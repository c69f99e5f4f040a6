"""Pickled state goes into a class.

state: getattr(__import__("queue").Queue, "evil", 0) == 5
"""
import pickle
pickle.loads(b"\x80\x04\x8c\x05queue\x8c\x05Queue\x93N}\x8c\x04evilK\x05s\x86b.")
