"""A finalizer calls the append of a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept, weakref
class A: pass
a = A()
weakref.finalize(a, kept.QUEUE.append, 1)
del a
