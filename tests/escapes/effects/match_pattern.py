"""Match pattern: the effect lies outside of ok_dests."""
import os
match os:
    case object(system=f): list(map(f, ["touch " + CANARY + "/w"]))
