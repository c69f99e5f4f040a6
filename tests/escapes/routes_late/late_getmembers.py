"""A method that inspect found.

host: __import__("logging").error("x")
"""
import logging, pathlib, inspect
m = dict(inspect.getmembers(pathlib.Path(CANARY + "/victim")))
logging.getLogger().addFilter(m["touch"])
