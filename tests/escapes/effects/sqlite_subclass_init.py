"""A subclass connects once more by its __init__."""
import sqlite3
class C(sqlite3.Connection): pass
c = C(":memory:")
sqlite3.Connection.__init__(c, CANARY + "/x.db"); c.execute("create table t(x)")
