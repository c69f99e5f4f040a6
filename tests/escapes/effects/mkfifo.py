"""Mkfifo: the effect lies outside of ok_dests."""
import os
os.mkfifo(CANARY + "/w")
