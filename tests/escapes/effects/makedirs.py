"""Makedirs: the effect lies outside of ok_dests."""
import os
os.makedirs(CANARY + "/a/b")
