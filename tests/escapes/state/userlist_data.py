"""UserList around a list of the interpreter's.

state: 5 in __import__("sys").meta_path
"""
import collections, sys
u = collections.UserList()
u.data = sys.meta_path
u.append(5)
