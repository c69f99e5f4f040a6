"""A logger asks whether it is enabled.

host: __import__("logging").getLogger("a.b").error("x")
"""
import functools, logging, pathlib
logging.getLogger("a.b").isEnabledFor = functools.partial(pathlib.Path(CANARY + "/x").touch)
