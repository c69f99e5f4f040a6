"""A library's deque is consumed.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
kept.QUEUE.popleft()
