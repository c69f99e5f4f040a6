"""Replace: the effect lies outside of ok_dests."""
import os
os.replace(CANARY + "/victim", CANARY + "/w")
