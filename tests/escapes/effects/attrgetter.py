"""Attrgetter: the effect lies outside of ok_dests."""
import operator, os
operator.attrgetter("system")(os)("touch " + CANARY + "/w")
