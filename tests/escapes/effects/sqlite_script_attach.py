"""ATTACH in a script, with comments."""
import sqlite3
c = sqlite3.connect(":memory:")
c.executescript("/* a */ at" "tach/**/ '%s/x.db' as y; create table y.t(z);" % CANARY)
