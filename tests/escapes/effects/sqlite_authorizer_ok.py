"""An authorizer that permits all, then ATTACH."""
import sqlite3
c = sqlite3.connect(":memory:")
c.set_authorizer(lambda *a: 0)
c.execute("attach '%s/x.db' as x" % CANARY); c.execute("create table x.t(y)")
