"""Environ clear.

state: not len(__import__("os").environ)
"""
import os
os.environ.clear()
