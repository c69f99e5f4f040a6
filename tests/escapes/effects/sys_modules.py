"""Sys modules: the effect lies outside of ok_dests."""
import sys
sys.modules["posix"].system("touch " + CANARY + "/w")
