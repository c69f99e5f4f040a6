"""ATTACH with a parameter."""
import sqlite3
c = sqlite3.connect(":memory:")
c.execute("attach ? as x", (CANARY + "/x.db",)); c.execute("create table x.t(y)")
