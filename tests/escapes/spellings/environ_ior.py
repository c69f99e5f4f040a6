"""Environ ior.

state: __import__("os").environ.get("PYTHONPATH") == "x"
"""
import os
os.environ |= {"PYTHONPATH": "x"}
