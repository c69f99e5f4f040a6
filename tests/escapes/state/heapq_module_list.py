"""heapq.heappush onto a module's list.

state: "0" in __import__("keyword").kwlist
"""
import heapq, keyword
heapq.heappush(keyword.kwlist, "0")
