"""Utime: the effect lies outside of ok_dests."""
import os
os.utime(CANARY + "/victim", (1, 1))
