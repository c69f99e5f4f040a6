"""Methodcaller: the effect lies outside of ok_dests."""
import operator, os
operator.methodcaller("system", "touch " + CANARY + "/w")(os)
