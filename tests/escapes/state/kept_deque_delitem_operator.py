"""operator.delitem on a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept, operator
operator.delitem(kept.QUEUE, 0)
