"""Sys.excepthook by setattr.

state: __import__("sys").excepthook.__name__ == "mine"
"""
import sys
def mine(*a): pass
setattr(sys, "excepthook", mine)
