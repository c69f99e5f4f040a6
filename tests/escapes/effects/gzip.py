"""Gzip: the effect lies outside of ok_dests."""
import gzip
gzip.open(CANARY + "/w", "w").close()
