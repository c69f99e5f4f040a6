"""VACUUM INTO an expression."""
import sqlite3
c = sqlite3.connect(":memory:"); c.execute("create table t(x)"); c.commit()
c.execute("vacuum into '%s' || '/x.db'" % CANARY)
