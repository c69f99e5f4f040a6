"""Io open: the effect lies outside of ok_dests."""
import io
io.open(CANARY + "/w", "w")
