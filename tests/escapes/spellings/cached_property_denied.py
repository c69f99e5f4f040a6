"""Cached property denied."""
import functools, os
class D(str): m = functools.cached_property(os.mkdir)
D(CANARY + "/x").m
