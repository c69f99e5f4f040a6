"""A library's deque of a class of its own is appended to.

given: library
state: list(__import__("kept").OWN_QUEUE) != [3, 1, 2]
"""
import kept
kept.OWN_QUEUE.append(1)
