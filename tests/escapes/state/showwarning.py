"""Warnings.showwarning.

state: getattr(__import__("warnings").showwarning, "__name__", "") == "mine"
"""
import warnings
def mine(*a, **k): pass
warnings.showwarning = mine
