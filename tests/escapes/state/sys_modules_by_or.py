"""Sys modules by or: state of the host is overwritten.

state: __import__("sys").modules["json"] == 1
"""
import sys
m = sys.modules
m |= {"json": 1}
