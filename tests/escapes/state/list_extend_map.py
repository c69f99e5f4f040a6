"""list.append by map, on a module's own list.

state: 5 in __import__("keyword").kwlist
"""
import itertools, keyword
list(map(list.append, itertools.repeat(keyword.kwlist, 1), [5]))
