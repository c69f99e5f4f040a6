"""The path's hooks are extended by a fetched method.

state: 5 in __import__("sys").path_hooks
"""
import operator, sys
operator.attrgetter("path_hooks.append")(sys)(5)
