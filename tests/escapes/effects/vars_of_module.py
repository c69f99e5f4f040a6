"""Vars of module: the effect lies outside of ok_dests."""
import os
vars(os)["system"]("touch " + CANARY + "/w")
