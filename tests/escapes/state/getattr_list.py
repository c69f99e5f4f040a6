"""A library's list by getattr.

state: 5 in __import__("keyword").kwlist
"""
import keyword
list.append(getattr(keyword, "kwlist"), 5)
