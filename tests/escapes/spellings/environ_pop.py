"""Environ pop.

state: "PATH" not in __import__("os").environ
"""
import os
os.environ.pop("PATH")
