"""The same, kept first.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
f = kept.QUEUE.__init__
f([])
