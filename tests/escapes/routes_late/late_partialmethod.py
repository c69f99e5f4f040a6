"""A partial method.

host: __import__("logging").error("x")
"""
import logging, pathlib, functools
class A(type(pathlib.Path())):
    t = functools.partialmethod(pathlib.Path.touch)
logging.getLogger().addFilter(A(CANARY + "/victim").t)
