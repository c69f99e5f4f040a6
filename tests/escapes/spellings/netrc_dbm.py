"""Netrc dbm."""
import dbm
dbm.open(CANARY + "/x", "n")
