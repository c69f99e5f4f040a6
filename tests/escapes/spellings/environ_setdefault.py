"""Environ setdefault.

state: __import__("os").environ.get("PYTHONSTARTUP") == "x"
"""
import os
os.environ.setdefault("PYTHONSTARTUP", "x")
