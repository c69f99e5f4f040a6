"""Spawnv: the effect lies outside of ok_dests."""
import os
os.spawnv(os.P_WAIT, "/bin/touch", ["touch", CANARY + "/w"])
