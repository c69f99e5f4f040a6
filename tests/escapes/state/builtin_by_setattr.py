"""Builtin by setattr: state of the host is overwritten.

state: len([]) == 42
"""
setattr(__import__("builtins"), "len", lambda x: 42)
