"""The __setitem__ of a library's deque is kept first.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
f = kept.QUEUE.__setitem__
f(0, 9)
