"""A method bound by hand to a module.

state: getattr(__import__("keyword"), "thing", None) == 5
"""
import contextlib, keyword, types
types.MethodType(contextlib.closing.__init__, keyword)(5)
