"""A library's list through `or`.

state: 5 in __import__("keyword").kwlist
"""
import keyword
k = keyword.kwlist or 0
k.append(5)
