"""A text factory that is os.mkdir itself."""
import os, sqlite3
c = sqlite3.connect(":memory:")
c.text_factory = os.mkdir
c.execute("select ?", (CANARY + "/x",)).fetchall()
