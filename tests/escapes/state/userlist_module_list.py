"""UserList around a module's list.

state: 5 in __import__("keyword").kwlist
"""
import collections, keyword
u = collections.UserList()
u.data = keyword.kwlist
u.append(5)
