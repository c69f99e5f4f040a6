"""Patch dict modules.

state: "evil" in __import__("sys").modules
"""
import sys, unittest.mock as m
m.patch.dict("sys.modules", evil=1).start()
