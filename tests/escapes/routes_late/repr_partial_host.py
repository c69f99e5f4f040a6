"""The host shows an object whose __repr__ opens a file.

host: repr(KEPT.get("thing_"))
"""
import functools
class C:
    __repr__ = functools.partial(open, CANARY + "/x", "w")
thing_ = C()
