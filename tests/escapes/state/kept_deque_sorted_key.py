"""sorted calls the append of a library's deque as its key.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
sorted([1], key=kept.QUEUE.append)
