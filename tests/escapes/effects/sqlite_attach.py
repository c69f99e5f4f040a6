"""Sqlite attach: the effect lies outside of ok_dests."""
import sqlite3
c = sqlite3.connect(":memory:")
c.execute(f"ATTACH '{CANARY}/w' AS z")
c.execute("create table z.t(a)")
c.commit()
