"""A URI with a mode that makes the file."""
import sqlite3
c = sqlite3.connect("file:%s/x.db?mode=rwc" % CANARY, uri=True); c.execute("create table t(x)")
