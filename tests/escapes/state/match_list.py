"""A library's list by a class pattern.

state: 5 in __import__("keyword").kwlist
"""
import keyword, types
match keyword:
    case types.ModuleType(kwlist=found):
        found.append(5)
