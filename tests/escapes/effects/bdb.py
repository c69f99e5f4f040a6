"""Bdb: the effect lies outside of ok_dests."""
import bdb
bdb.Bdb().run(f"open({CANARY + '/w'!r}, 'w')")
