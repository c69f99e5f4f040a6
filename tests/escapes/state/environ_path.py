"""Environ path: state of the host is overwritten.

state: __import__("os").environ["PATH"] == "/evil"
"""
import os
os.environ["PATH"] = "/evil"
