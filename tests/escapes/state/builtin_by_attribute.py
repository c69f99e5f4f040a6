"""Builtin by attribute: state of the host is overwritten.

state: len([]) == 42
"""
import builtins
builtins.len = lambda x: 42
