"""Sys modules by chainmap: state of the host is overwritten.

state: __import__("sys").modules["json"] == 1
"""
import sys, collections
collections.ChainMap(sys.modules)["json"] = 1
