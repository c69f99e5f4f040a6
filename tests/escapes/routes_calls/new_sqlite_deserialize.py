"""sqlite_deserialize."""
import os
V = CANARY + '/victim'
import sqlite3
c = sqlite3.connect(':memory:'); c.execute('create table t(x)'); d = c.serialize(); k = sqlite3.connect(CANARY + '/n.db'); k.deserialize(d); k.execute('vacuum into ?', (CANARY + '/m.db',))
