"""A partial of the append of a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import functools, kept
functools.partial(kept.QUEUE.append, 1)()
