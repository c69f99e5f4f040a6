"""Sys modules del.

state: "json" not in __import__("sys").modules
"""
import sys, json
del sys.modules["json"]
