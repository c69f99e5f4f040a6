"""Bytes path: the effect lies outside of ok_dests."""
open(CANARY.encode() + b"/w", "w")
