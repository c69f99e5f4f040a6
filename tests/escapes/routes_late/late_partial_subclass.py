"""An object of a subclass of partial.

host: __import__("logging").error("x")
"""
import logging, pathlib, functools
class P(functools.partial): pass
logging.getLogger().addFilter(P(pathlib.Path.touch, pathlib.Path(CANARY + "/victim")))
