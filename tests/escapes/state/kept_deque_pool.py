"""A pool's thread calls the append of a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import concurrent.futures, kept
with concurrent.futures.ThreadPoolExecutor(1) as pool:
    pool.submit(kept.QUEUE.append, 1).result()
