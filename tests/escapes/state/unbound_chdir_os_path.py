"""A method of a library's class replaces os.path.

state: __import__("os").path == "x"
"""
import contextlib, os
contextlib.chdir.__init__(os, "x")
