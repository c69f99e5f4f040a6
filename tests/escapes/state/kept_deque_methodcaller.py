"""methodcaller appends to a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept, operator
operator.methodcaller("append", 1)(kept.QUEUE)
