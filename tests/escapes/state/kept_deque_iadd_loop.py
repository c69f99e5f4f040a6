"""A loop's variable that is a library's deque grows.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
for queue in [kept.QUEUE]:
    queue += [1]
