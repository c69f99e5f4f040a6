"""Partialmethod denied."""
import functools, os
class C: m = functools.partialmethod(os.mkdir)
class D(str): m = functools.partialmethod(os.mkdir)
D(CANARY + "/x").m()
