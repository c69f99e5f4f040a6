"""A library's list through a conditional expression.

state: 5 in __import__("keyword").kwlist
"""
import keyword
(keyword.kwlist if keyword else 0).append(5)
