"""The append of a library's deque is kept first.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
append = kept.QUEUE.append
append(1)
