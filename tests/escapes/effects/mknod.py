"""Mknod: the effect lies outside of ok_dests."""
import os
os.mknod(CANARY + "/w")
