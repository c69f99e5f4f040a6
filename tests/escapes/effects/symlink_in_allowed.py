"""Symlink in allowed: the effect lies outside of ok_dests."""
import os
os.symlink(CANARY, ALLOWED + "/link")
open(ALLOWED + "/link/w", "w")
