"""A library's list within a list.

state: 5 in __import__("keyword").kwlist
"""
import keyword
a, = [keyword.kwlist]
a.append(5)
