"""A method that an attrgetter fetched.

host: __import__("logging").error("x")
"""
import functools, logging, operator, pathlib
f = operator.attrgetter("touch")(pathlib.Path(CANARY + "/victim"))
logging.getLogger().addFilter(functools.partial(f.__func__, f.__self__) if 0 else (lambda *a: 1) if 0 else f)
