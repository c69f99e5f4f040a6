"""Sys meta path iadd.

state: __import__("sys").meta_path[-1] == 5
"""
import sys
sys.meta_path += [5]
