"""The same, kept first.

given: library
state: list(__import__("kept").OWN_QUEUE) != [3, 1, 2]
"""
import kept
f = kept.OWN_QUEUE.append
f(1)
