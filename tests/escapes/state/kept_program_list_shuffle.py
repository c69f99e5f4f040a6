"""random.shuffle of a list of a module of the program's, when it has shuffled many.

given: program
state: __import__("kept").LIST != [3, 1, 2]
"""
import kept, random
rows = list(range(1000))
for _ in range(5):
    random.shuffle(rows)
random.Random(1).shuffle(kept.LIST)
