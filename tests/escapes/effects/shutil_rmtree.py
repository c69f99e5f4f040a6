"""Shutil rmtree: the effect lies outside of ok_dests."""
import shutil
shutil.rmtree(CANARY)
