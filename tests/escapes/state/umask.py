"""Umask: state of the host is overwritten.

state: __import__("os").umask(0o022) == 0o123
"""
import os
os.umask(0o123)
