"""A library's list by a loop.

state: 5 in __import__("keyword").kwlist
"""
import keyword
for k in (keyword.kwlist,): k.append(5)
