"""A URI that hides the way with percent signs."""
import sqlite3
c = sqlite3.connect("file:%s/%%2e%%2e/canary/x.db" % ALLOWED, uri=True); c.execute("create table t(x)")
