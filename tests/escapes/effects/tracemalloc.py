"""Tracemalloc: the effect lies outside of ok_dests."""
import tracemalloc
tracemalloc.start()
tracemalloc.take_snapshot().dump(CANARY + "/w")
