"""Dbm dumb: the effect lies outside of ok_dests."""
import dbm.dumb
dbm.dumb.open(CANARY + "/w", "c").close()
