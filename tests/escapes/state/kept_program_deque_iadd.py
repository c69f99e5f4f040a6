"""A deque of a module of the program's grows by a statement.

given: program
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
queue = kept.QUEUE
queue += [1]
