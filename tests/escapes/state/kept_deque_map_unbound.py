"""map calls deque.append with a library's.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import collections, kept
list(map(collections.deque.append, [kept.QUEUE], [1]))
