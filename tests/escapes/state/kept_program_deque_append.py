"""The same by its method.

given: program
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
kept.QUEUE.append(1)
