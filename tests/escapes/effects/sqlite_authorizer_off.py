"""The authorizer is taken off before ATTACH."""
import sqlite3
c = sqlite3.connect(":memory:")
c.set_authorizer(None)
c.execute("attach '%s/x.db' as x" % CANARY); c.execute("create table x.t(y)")
