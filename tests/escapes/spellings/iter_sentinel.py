"""Iter sentinel."""
import functools, os
next(iter(functools.partial(os.mkdir, CANARY + "/x"), 1))
