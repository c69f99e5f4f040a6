"""Proc fd: the effect lies outside of ok_dests."""
import os
fd = os.open(CANARY, os.O_RDONLY)
open(f"/proc/self/fd/{fd}/w", "w")
