"""heapq.heappush onto such a list.

given: library
state: list(__import__("kept")._OWN_LIST) != [3, 1, 2]
"""
import heapq, kept
heapq.heappush(kept._OWN_LIST, 0)
