"""A method that a function's __get__ bound.

host: __import__("logging").error("x")
"""
import logging, pathlib
logging.getLogger().addFilter(pathlib.Path.touch.__get__(pathlib.Path(CANARY + "/victim")))
