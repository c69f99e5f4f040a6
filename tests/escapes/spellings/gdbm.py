"""Gdbm."""
import dbm
[m.open(CANARY + "/x", "n") for m in [__import__("dbm.dumb").dumb]]
