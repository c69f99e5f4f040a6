"""A library's deque of a class of its own grows by a statement.

given: library
state: list(__import__("kept").OWN_QUEUE) != [3, 1, 2]
"""
import kept
queue = kept.OWN_QUEUE
queue += [1]
