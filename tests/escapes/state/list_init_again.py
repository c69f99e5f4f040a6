"""list.__init__ empties a list that is there.

state: __import__("sys").meta_path == []
"""
import sys
list.__init__(sys.meta_path)
