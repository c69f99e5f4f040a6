"""A cached method.

host: __import__("logging").error("x")
"""
import logging, pathlib, functools
logging.getLogger().addFilter(functools.lru_cache(pathlib.Path(CANARY + "/victim").touch))
