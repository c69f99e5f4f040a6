"""The same when its length is asked for: a log's file.

host: len(KEPT["x"])
"""
import functools, logging
class C:
    __len__ = functools.partial(logging.FileHandler, CANARY + "/new.log")
x = C()
