"""copy calls the append of a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import copy, kept
class E:
    def __reduce__(self): return kept.QUEUE.append, (1,)
copy.copy(E())
