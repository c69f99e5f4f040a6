"""os.environ is made anew over a dict of the cell's.

state: __import__("os").environ._data == {}
"""
import os
same = lambda x: x
os.environ.__init__({}, same, same, same, same)
