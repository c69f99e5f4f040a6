"""Bdb runeval."""
import bdb
bdb.Bdb().runeval("open(%r, 'w')" % (CANARY + "/x"))
