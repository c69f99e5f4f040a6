"""Timeit setup."""
import timeit
timeit.Timer("1", "open(%r, 'w')" % (CANARY + "/x")).timeit(1)
