"""Builtin by self: state of the host is overwritten.

state: len([]) == 42
"""
print.__self__.len = lambda x: 42
