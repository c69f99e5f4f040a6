"""A library's list through a conditional expression, changed through its class.

state: 5 in __import__("keyword").kwlist
"""
import keyword
list.append(keyword.kwlist if keyword else 0, 5)
