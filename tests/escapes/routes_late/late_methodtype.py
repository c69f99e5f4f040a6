"""A method that was made of its parts.

host: __import__("logging").error("x")
"""
import logging, pathlib, types
logging.getLogger().addFilter(types.MethodType(pathlib.Path.touch, pathlib.Path(CANARY + "/victim")))
