"""Mmap: the effect lies outside of ok_dests."""
import mmap, os
with open(CANARY + "/victim", "r+b") as f:
    m = mmap.mmap(f.fileno(), 0)
    m[0:1] = b"X"
    m.flush()
