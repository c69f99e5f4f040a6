"""The same, called by map through the class.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import collections, kept
list(map(collections.deque.__init__, [kept.QUEUE]))
