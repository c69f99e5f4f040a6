"""A property whose setter is a library's method; its instance is a host's.

state: getattr(__import__("keyword"), "thing", None) == 5
"""
import contextlib, keyword
property(None, contextlib.closing.__init__).__set__(keyword, 5)
