"""A callback of SQL writes."""
import sqlite3
c = sqlite3.connect(":memory:")
c.create_function("f", 1, lambda x: open(CANARY + "/new", "w") and 1)
c.execute("select f(1)").fetchall()
