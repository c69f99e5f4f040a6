"""Sys meta path slice.

state: __import__("sys").meta_path[0] is None
"""
import sys
sys.meta_path[:0] = [None]
