"""bisect.insort into a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import bisect, kept
bisect.insort(kept.QUEUE, 0)
