"""A library's list from a generator.

state: 5 in __import__("keyword").kwlist
"""
import keyword
def g(): yield keyword.kwlist
next(g()).append(5)
