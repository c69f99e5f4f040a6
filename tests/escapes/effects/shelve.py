"""Shelve: the effect lies outside of ok_dests."""
import shelve
shelve.open(CANARY + "/w").close()
