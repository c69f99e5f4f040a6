"""A database in memory is written to a file."""
import sqlite3
a = sqlite3.connect(":memory:"); a.execute("create table t(x)")
b = sqlite3.connect(CANARY + "/b.db"); a.backup(b); b.close()
