"""Chdir: the effect lies outside of ok_dests."""
import os
os.chdir(CANARY)
open("w", "w")
