"""A defaultdict calls the popleft of a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import collections, kept
collections.defaultdict(kept.QUEUE.popleft)[1]
