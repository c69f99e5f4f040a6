"""inspect.getmembers gives the append of a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import inspect, kept
dict(inspect.getmembers(kept.QUEUE))["append"](1)
