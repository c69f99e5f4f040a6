"""Linecache's cache of sources.

state: "evil" in __import__("linecache").cache
"""
import linecache
linecache.cache["evil"] = (1, None, ["x"], "evil")
