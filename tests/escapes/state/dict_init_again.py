"""dict.__init__ fills a dict that is there.

state: __import__("sys").modules.get("planted") == 5
"""
import sys
dict.__init__(sys.modules, planted=5)
