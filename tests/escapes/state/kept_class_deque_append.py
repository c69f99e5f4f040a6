"""A deque that a library's class has is appended to.

given: library
state: list(__import__("kept").Holder.queue) != [3, 1, 2]
"""
import kept
kept.Holder.queue.append(1)
