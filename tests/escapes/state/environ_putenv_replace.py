"""os.environ's own data are replaced.

state: __import__("os").environ._data == {}
"""
import os
os.environ._data = {}
