"""update_wrapper writes to a host's function.

state: __import__("textwrap").dedent.__doc__ == "gone"
"""
import functools, textwrap
def f():
    "gone"
functools.update_wrapper(textwrap.dedent, f)
