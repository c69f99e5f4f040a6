"""heapq.heappush onto a list of a module of the program's.

given: program
state: __import__("kept").LIST != [3, 1, 2]
"""
import heapq, kept
heapq.heappush(kept.LIST, 0)
