"""Sqlite vacuum: the effect lies outside of ok_dests."""
import sqlite3
c = sqlite3.connect(":memory:")
c.execute("create table t(a)")
c.execute(f"VACUUM INTO '{CANARY}/w'")
