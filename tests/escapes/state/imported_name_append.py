"""A list imported by its name from a library, then changed.

state: 5 in __import__("keyword").kwlist
"""
from keyword import kwlist
kwlist.append(5)
