"""bisect.insort into such a list.

given: library
state: list(__import__("kept")._OWN_LIST) != [3, 1, 2]
"""
import bisect, kept
bisect.insort(kept._OWN_LIST, 0)
