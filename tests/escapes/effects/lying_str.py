"""Lying str: the effect lies outside of ok_dests."""
class S(str):
    def __str__(self): return ALLOWED + "/w"
    def startswith(self, *a): return True
open(S(CANARY + "/w"), "w")
