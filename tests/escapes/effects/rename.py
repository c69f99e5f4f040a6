"""Rename: the effect lies outside of ok_dests."""
import os
os.rename(CANARY + "/victim", CANARY + "/w")
