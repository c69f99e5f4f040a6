"""A library's deque that was imported by its name grows.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
from kept import QUEUE
QUEUE += [1]
