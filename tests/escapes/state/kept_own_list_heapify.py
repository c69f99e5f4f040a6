"""heapq.heapify of such a list.

given: library
state: list(__import__("kept")._OWN_LIST) != [3, 1, 2]
"""
import heapq, kept
heapq.heapify(kept._OWN_LIST)
