"""operator.setitem on a module's list.

state: 5 in __import__("keyword").kwlist
"""
import keyword, operator
operator.setitem(keyword.kwlist, 0, 5)
