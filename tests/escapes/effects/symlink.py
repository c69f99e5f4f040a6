"""Symlink: the effect lies outside of ok_dests."""
import os
os.symlink("/etc/passwd", CANARY + "/w")
