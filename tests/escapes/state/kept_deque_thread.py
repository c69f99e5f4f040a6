"""A thread calls the append of a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept, threading
thread = threading.Thread(target=kept.QUEUE.append, args=(1,))
thread.start()
thread.join()
