"""random.shuffle of a library's deque.

given: library
state: list(__import__("kept").QUEUE) != [3, 1, 2]
"""
import kept, random
random.Random(1).shuffle(kept.QUEUE)
