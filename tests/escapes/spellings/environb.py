"""Environb.

state: __import__("os").environ.get("LD_LIBRARY_PATH") == "x"
"""
import os
os.environb[b"LD_LIBRARY_PATH"] = b"x"
