"""An adapter that makes a folder."""
import os, sqlite3
class P: pass
sqlite3.register_adapter(P, lambda p: os.mkdir(CANARY + "/x"))
sqlite3.connect(":memory:").execute("select ?", (P(),))
