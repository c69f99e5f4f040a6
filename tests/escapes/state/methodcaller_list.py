"""A methodcaller changes a library's list.

state: 5 in __import__("keyword").kwlist
"""
import keyword, operator
operator.methodcaller("append", 5)(keyword.kwlist)
