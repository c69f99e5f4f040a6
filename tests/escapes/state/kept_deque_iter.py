"""iter calls the popleft of a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
list(iter(kept.QUEUE.popleft, 2))
