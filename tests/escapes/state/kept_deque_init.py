"""deque.__init__ begins a library's anew.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept
kept.QUEUE.__init__([])
