"""Patch dict environ.

state: __import__("os").environ.get("LD_PRELOAD") == "x"
"""
import unittest.mock as m
m.patch.dict("os.environ", LD_PRELOAD="x").start()
