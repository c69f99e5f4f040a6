"""bisect.insort inserts into sys.meta_path.

state: len(__import__("sys").meta_path) == BEFORE_META + 1
"""
import bisect, sys
bisect.insort(sys.meta_path, 5, key=lambda x: 0)
