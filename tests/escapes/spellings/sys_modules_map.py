"""Sys modules map.

state: "evil" in __import__("sys").modules
"""
import sys
list(map(sys.modules.__setitem__, ["evil"], [1]))
