"""Module dict: the effect lies outside of ok_dests."""
import os
os.__dict__["system"]("touch " + CANARY + "/w")
