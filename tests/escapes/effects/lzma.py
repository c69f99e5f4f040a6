"""Lzma: the effect lies outside of ok_dests."""
import lzma
lzma.open(CANARY + "/w", "w").close()
