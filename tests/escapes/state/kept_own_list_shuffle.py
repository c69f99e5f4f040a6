"""random.shuffle of such a list.

given: library
state: list(__import__("kept")._OWN_LIST) != [3, 1, 2]
"""
import kept, random
random.Random(1).shuffle(kept._OWN_LIST)
