"""Os open: the effect lies outside of ok_dests."""
import os
os.open(CANARY + "/w", os.O_CREAT | os.O_WRONLY)
