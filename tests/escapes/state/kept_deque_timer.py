"""A timer calls the append of a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept, threading
timer = threading.Timer(0.01, kept.QUEUE.append, [1])
timer.start()
timer.join()
