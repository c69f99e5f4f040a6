"""Import from: the effect lies outside of ok_dests."""
from os import system as s
list(map(s, ["touch " + CANARY + "/w"]))
