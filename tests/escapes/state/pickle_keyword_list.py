"""A pickle appends to a library's list.

state: 5 in __import__("keyword").kwlist
"""
import pickle
pickle.loads(b"ckeyword\nkwlist\nI5\na.")
