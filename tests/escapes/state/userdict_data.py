"""UserDict around sys.modules.

state: __import__("sys").modules.get("planted") == 5
"""
import collections, sys
u = collections.UserDict()
u.data = sys.modules
u["planted"] = 5
