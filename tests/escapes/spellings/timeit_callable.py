"""Timeit callable."""
import timeit, os, functools
timeit.timeit(functools.partial(os.mkdir, CANARY + "/x"), number=1)
