"""A builtin is patched and stays so: in the cell's own namespace, not the host's.

state: not hasattr(len, "__self__") or __import__("builtins").len("ab") != 2
"""
from unittest import mock
mock.patch("builtins.len", lambda x: 7).start()
