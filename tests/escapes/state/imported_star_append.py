"""A list that a star import brings, then changed.

state: 5 in __import__("keyword").softkwlist
"""
from keyword import *
softkwlist.append(5)
