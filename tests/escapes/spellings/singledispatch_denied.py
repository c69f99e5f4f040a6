"""Singledispatch denied."""
import functools, os
f = functools.singledispatch(os.mkdir); f(CANARY + "/x")
