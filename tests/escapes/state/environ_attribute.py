"""An attribute of os.environ is replaced.

state: __import__("os").environ.decodekey == 5
"""
import os
os.environ.decodekey = 5
