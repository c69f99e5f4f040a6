"""Lying fspath: the effect lies outside of ok_dests."""
class F:
    n = 0
    def __fspath__(self):
        F.n += 1
        return (ALLOWED if F.n < 2 else CANARY) + "/w"
open(F(), "w")
F.n = 1
open(F(), "w")
