"""Flags that are an int subclass which says other bits."""
import os
class F(int):
    def __and__(self, other): return 0
    __rand__ = __and__
os.open(CANARY + "/new", F(os.O_WRONLY | os.O_CREAT))
