"""operator.iadd on a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept, operator
operator.iadd(kept.QUEUE, [1])
