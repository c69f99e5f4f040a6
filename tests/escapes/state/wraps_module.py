"""functools.wraps writes to a module.

state: __import__("keyword").__doc__ == "gone"
"""
import functools, keyword
def f():
    "gone"
functools.wraps(f)(keyword)
