"""A method that an attrgetter fetched is a key.

state: 5 in __import__("sys").meta_path
"""
import operator, sys
sorted([5], key=operator.attrgetter("meta_path.append")(sys))
