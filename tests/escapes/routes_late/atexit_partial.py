"""Atexit partial."""
import atexit, functools
atexit.register(functools.partial(open, CANARY + "/x", "w"))
