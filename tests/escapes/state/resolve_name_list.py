"""A library's list by pkgutil.resolve_name.

state: 5 in __import__("keyword").kwlist
"""
import pkgutil
found = pkgutil.resolve_name("keyword:kwlist")
found.append(5)
