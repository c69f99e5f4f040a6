"""A library's list as a default argument.

state: 5 in __import__("keyword").kwlist
"""
import keyword
def f(x=keyword.kwlist):
    x.append(5)
f()
