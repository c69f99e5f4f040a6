"""heapq changes the order of sys.meta_path.

state: len(__import__("sys").meta_path) == BEFORE_META + 1
"""
import heapq, sys
class Least:
    def __lt__(self, other): return True
    def __gt__(self, other): return False
    find_spec = None
heapq.heappush(sys.meta_path, Least())
