"""A parameter that is a library's deque grows.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
def grow(queue=kept.QUEUE):
    queue += [1]
grow()
