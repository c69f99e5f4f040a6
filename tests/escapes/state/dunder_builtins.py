"""Dunder builtins: state of the host is overwritten.

state: len([]) == 42
"""
__builtins__.len = (lambda x: 42) if not isinstance(__builtins__, dict) else __builtins__.update(len=lambda x: 42)
