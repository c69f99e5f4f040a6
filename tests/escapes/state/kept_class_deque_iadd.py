"""A deque that a library's class has grows by a statement.

given: library
state: list(__import__("kept").Holder.queue) != [3, 1, 2]
"""
import kept
queue = kept.Holder.queue
queue += [1]
