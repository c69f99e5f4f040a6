"""Sys meta path insert.

state: __import__("sys").meta_path[0].__class__.__name__ == "F"
"""
import sys
class F:
    def find_spec(self, *a): return None
sys.meta_path.insert(0, F())
