"""Timeit text: the effect lies outside of ok_dests."""
import timeit
timeit.timeit(f"open({CANARY + '/w'!r}, 'w')", number=1)
