"""A finalizer that is a partial of an allowed function."""
import functools
class C:
    __del__ = functools.partial(open, CANARY + "/x", "w")
_c = C()
