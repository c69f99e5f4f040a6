"""An item of a deque that a library's class has.

given: library
state: list(__import__("kept").Holder.queue) != [3, 1, 2]
"""
import kept
kept.Holder.queue[0] = 9
