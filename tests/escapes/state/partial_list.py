"""A library's list bound into a partial.

state: 5 in __import__("keyword").kwlist
"""
import functools, keyword
functools.partial(list.append, keyword.kwlist)(5)
