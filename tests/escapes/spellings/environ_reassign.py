"""Environ reassign.

state: __import__("os").environ == {}
"""
import os
os.environ = {}
