"""Dotdot: the effect lies outside of ok_dests."""
import os
open(ALLOWED + "/../" + os.path.basename(CANARY) + "/w", "w")
