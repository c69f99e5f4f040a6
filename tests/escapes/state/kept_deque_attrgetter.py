"""attrgetter fetches the append of a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept, operator
operator.attrgetter("append")(kept.QUEUE)(1)
