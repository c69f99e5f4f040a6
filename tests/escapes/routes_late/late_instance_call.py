"""An object that is called by a library's function.

host: __import__("logging").error("x")
"""
import logging, pathlib
class P(type(pathlib.Path())):
    __call__ = pathlib.Path.touch
logging.getLogger().addFilter(P(CANARY + "/victim"))
