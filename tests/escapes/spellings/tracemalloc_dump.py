"""Tracemalloc dump."""
import tracemalloc
tracemalloc.start(); tracemalloc.take_snapshot().dump(CANARY + "/x")
