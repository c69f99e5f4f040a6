"""Yield from."""
import os
def g(): yield os.mkdir
next(g())(CANARY + "/x")
