"""list.append called through the class, on a module's own list.

state: 5 in __import__("keyword").kwlist
"""
import keyword
list.append(keyword.kwlist, 5)
