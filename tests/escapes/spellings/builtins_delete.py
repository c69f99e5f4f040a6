"""Builtins delete.

state: not hasattr(__import__("builtins"), "sorted")
"""
import builtins
del builtins.sorted
