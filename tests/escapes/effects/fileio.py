"""Fileio: the effect lies outside of ok_dests."""
import _io
_io.FileIO(CANARY + "/w", "w")
