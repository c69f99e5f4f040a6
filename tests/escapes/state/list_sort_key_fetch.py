"""A module's list is sorted by a fetched method.

state: __import__("keyword").kwlist[0] != "False"
"""
import operator, keyword
operator.attrgetter("kwlist.reverse")(keyword)()
