"""A partial whose state was set.

host: __import__("logging").error("x")
"""
import logging, pathlib, functools
p = functools.partial(len)
p.__setstate__((pathlib.Path.touch, (pathlib.Path(CANARY + "/victim"),), {}, {}))
logging.getLogger().addFilter(p)
