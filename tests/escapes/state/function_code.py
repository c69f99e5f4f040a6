"""Function code: state of the host is overwritten.

state: __import__("textwrap").dedent("x") == 1
"""
import textwrap
textwrap.dedent.__code__ = (lambda *a, **k: 1).__code__
