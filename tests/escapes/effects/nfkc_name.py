"""Nfkc name: the effect lies outside of ok_dests."""
import os
os.ｓｙｓｔｅｍ("touch " + CANARY + "/w")
