"""Builtin by dict: state of the host is overwritten.

state: len([]) == 42
"""
import builtins
builtins.__dict__["len"] = lambda x: 42
