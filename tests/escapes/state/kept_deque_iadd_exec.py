"""A library's deque grows in the namespace of exec.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
exec("queue += [1]", {"queue": kept.QUEUE})
