"""A library's list returned by a function.

state: 5 in __import__("keyword").kwlist
"""
import keyword
list.append((lambda: keyword.kwlist)(), 5)
