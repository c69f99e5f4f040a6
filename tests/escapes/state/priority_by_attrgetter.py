"""A fetched function changes the priority.

state: __import__("os").getpriority(0, 0) == 17
"""
import operator, os
list(map(operator.attrgetter("setpriority")(os), [0], [0], [17]))
