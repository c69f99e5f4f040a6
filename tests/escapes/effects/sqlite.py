"""Sqlite: the effect lies outside of ok_dests."""
import sqlite3
c = sqlite3.connect(CANARY + "/w")
c.execute("create table t(a)")
c.commit()
