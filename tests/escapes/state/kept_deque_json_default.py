"""json calls the append of a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import json, kept
json.dumps({1}, default=kept.QUEUE.append)
