"""Link: the effect lies outside of ok_dests."""
import os
os.link(CANARY + "/victim", CANARY + "/w")
