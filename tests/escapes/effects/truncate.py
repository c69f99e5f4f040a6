"""Truncate: the effect lies outside of ok_dests."""
import os
os.truncate(CANARY + "/victim", 0)
