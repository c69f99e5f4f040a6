"""A function's descriptor binds it to a module.

state: getattr(__import__("keyword"), "thing", None) == 5
"""
import contextlib, keyword
contextlib.closing.__init__.__get__(keyword)(5)
