"""Builtins globals key.

state: getattr(__import__("builtins"), "evil", 0)
"""
globals()["__builtins__"].evil = 1 if not isinstance(globals()["__builtins__"], dict) else globals()["__builtins__"].__setitem__("evil", 1)
