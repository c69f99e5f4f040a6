"""Module reload.

state: getattr(__import__("colorsys"), "evil", 0) == 1
"""
import importlib, colorsys, sys
open(ALLOWED + "/colorsys.py", "w").write("evil = 1")
sys.path.insert(0, ALLOWED)
importlib.reload(colorsys)
