"""Builtin by vars: state of the host is overwritten.

state: len([]) == 42
"""
import builtins
vars(builtins).update(len=lambda x: 42)
