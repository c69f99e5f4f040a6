"""A library's deque is turned.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
kept.QUEUE.rotate(1)
