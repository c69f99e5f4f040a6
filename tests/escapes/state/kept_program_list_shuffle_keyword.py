"""The same, the list given by its name.

given: program
state: __import__("kept").LIST != [3, 1, 2]
"""
import kept, random
rows = list(range(1000))
for _ in range(5):
    random.shuffle(rows)
random.Random(1).shuffle(x=kept.LIST)
