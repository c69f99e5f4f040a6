"""Dunder import: the effect lies outside of ok_dests."""
__import__("os").system("touch " + CANARY + "/w")
