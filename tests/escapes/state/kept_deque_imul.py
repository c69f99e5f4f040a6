"""A library's deque is repeated by a statement.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
queue = kept.QUEUE
queue *= 2
