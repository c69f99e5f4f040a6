"""Pickled data calls by methodcaller.

state: __import__("keyword").kwlist == []
"""
import pickle
pickle.loads(b"\x80\x04\x8c\x09_operator\x8c\x0cmethodcaller\x93\x8c\x05clear\x85R\x8c\x07keyword\x8c\x06kwlist\x93\x85R.")
