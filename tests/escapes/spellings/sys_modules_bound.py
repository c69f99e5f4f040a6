"""Sys modules bound.

state: "evil" in __import__("sys").modules
"""
import sys
f = sys.modules.update
f(evil=1)
