"""Builtins build class.

state: "mine" in repr(__import__("builtins").__build_class__)
"""
import builtins
def mine(*a): pass
builtins.__build_class__ = mine
