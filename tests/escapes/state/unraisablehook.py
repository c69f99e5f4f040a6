"""Sys.unraisablehook.

state: getattr(__import__("sys").unraisablehook, "__name__", "") == "mine"
"""
import sys
def mine(*a): pass
sys.__dict__["unraisablehook"] = mine
