"""A progress handler removes the victim."""
import os, sqlite3
c = sqlite3.connect(":memory:")
c.set_progress_handler(lambda: os.unlink(CANARY + "/victim"), 1)
c.execute("with recursive t(x) as (select 1 union all select x+1 from t where x<1000) select count(*) from t").fetchall()
