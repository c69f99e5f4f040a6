"""Bz2: the effect lies outside of ok_dests."""
import bz2
bz2.open(CANARY + "/w", "w").close()
