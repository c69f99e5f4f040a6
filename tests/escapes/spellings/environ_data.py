"""Environ data.

state: b"PYTHONHOME" in __import__("os").environ._data
"""
import os
os.environ._data[b"PYTHONHOME"] = b"x"
