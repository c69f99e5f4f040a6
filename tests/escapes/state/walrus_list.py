"""A library's list by a walrus.

state: 5 in __import__("keyword").kwlist
"""
import keyword
(k := keyword.kwlist).append(5)
