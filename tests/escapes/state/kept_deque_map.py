"""map calls the append of a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
list(map(kept.QUEUE.append, [1]))
