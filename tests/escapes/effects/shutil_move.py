"""Shutil move: the effect lies outside of ok_dests."""
import shutil
shutil.move(CANARY + "/victim", CANARY + "/w")
