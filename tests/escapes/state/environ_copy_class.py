"""The class of os.environ is changed by assignment.

state: type(__import__("os").environ).__name__ == "E"
"""
import os
class E(type(os.environ)):
    def __getitem__(self, key): return "x"
os.environ.__class__ = E
