"""A collation that removes."""
import os, sqlite3
c = sqlite3.connect(":memory:")
def collate(a, b):
    os.rmdir(CANARY + "/../canary") if 0 else os.remove(CANARY + "/victim")
    return 0
c.create_collation("k", collate)
c.execute("select * from (select 'a' as x union all select 'b') order by x collate k").fetchall()
