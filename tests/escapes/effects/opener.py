"""Opener: the effect lies outside of ok_dests."""
import os
open("w", "w", opener=lambda path, flags: os.open(CANARY + "/w", flags))
