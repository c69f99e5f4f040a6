"""operator.iadd on a module's list.

state: 5 in __import__("keyword").kwlist
"""
import keyword, operator
operator.iadd(keyword.kwlist, [5])
