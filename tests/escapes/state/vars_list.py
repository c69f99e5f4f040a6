"""A library's list by vars.

state: 5 in __import__("keyword").kwlist
"""
import keyword
list.append(vars(keyword)["kwlist"], 5)
