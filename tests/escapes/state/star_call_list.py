"""A library's list by a star in a call.

state: 5 in __import__("keyword").kwlist
"""
import keyword
def f(*x): x[0].append(5)
f(*[keyword.kwlist])
