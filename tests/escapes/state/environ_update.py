"""Environ update: state of the host is overwritten.

state: __import__("os").environ.get("PYTHONPATH") == "/evil"
"""
import os
os.environ.update(PYTHONPATH="/evil")
