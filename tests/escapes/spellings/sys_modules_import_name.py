"""Sys modules import name.

state: "evil" in __import__("sys").modules
"""
import importlib.util
s = importlib.util.find_spec("json")
importlib.sys.modules["evil"] = 1
