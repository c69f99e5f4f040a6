"""Hard link in allowed: the effect lies outside of ok_dests."""
import os
os.link(CANARY + "/victim", ALLOWED + "/twin")
open(ALLOWED + "/twin", "w").close()
