"""Sys.displayhook.

state: getattr(__import__("sys").displayhook, "__name__", "") == "mine"
"""
import sys
def mine(*a): pass
sys.displayhook = mine
