"""Heapq key."""
import heapq, os
heapq.nsmallest(1, [CANARY + "/x"], key=os.mkdir)
