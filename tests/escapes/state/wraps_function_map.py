"""functools.wraps by map on a host's function.

state: __import__("textwrap").dedent.__doc__ == "gone"
"""
import functools, textwrap
def f():
    "gone"
list(map(functools.wraps(f), [textwrap.dedent]))
