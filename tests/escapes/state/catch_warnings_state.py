"""Catch_warnings gives back another module state.

state: getattr(__import__("warnings").showwarning, "__name__", "") == "mine"
"""
import warnings
def mine(*a, **k): pass
w = warnings.catch_warnings()
w.__enter__()
w._showwarning = mine
w.__exit__()
