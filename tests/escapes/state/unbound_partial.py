"""A partial of an unbound method.

state: getattr(__import__("keyword"), "thing", None) == 5
"""
import contextlib, functools, keyword
functools.partial(contextlib.closing.__init__, keyword)(5)
