"""dict.fromkeys fills what __new__ returns.

state: __import__("sys").modules.get("planted") == 5
"""
import sys
class D(dict):
    def __new__(cls, *args):
        return sys.modules
D.fromkeys(["planted"], 5)
