"""Sys meta path alias.

state: __import__("sys").meta_path[-1] == 5
"""
from sys import meta_path
meta_path.append(5)
