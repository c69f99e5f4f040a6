"""A method's caller.

host: __import__("logging").error("x")
"""
import logging, pathlib, operator, types
f = operator.methodcaller("setdefault")
logging.getLogger().addFilter(types.SimpleNamespace(filter=pathlib.Path(CANARY + "/victim").touch))
