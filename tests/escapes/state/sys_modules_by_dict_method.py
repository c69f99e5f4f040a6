"""Sys modules by dict method: state of the host is overwritten.

state: __import__("sys").modules["json"] == 1
"""
import sys
dict.__setitem__(sys.modules, "json", 1)
