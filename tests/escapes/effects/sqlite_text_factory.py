"""A text factory that is a denied function."""
import os, sqlite3
c = sqlite3.connect(":memory:")
c.text_factory = lambda b: os.mkdir(b)
c.execute("select ?", (CANARY + "/x",)).fetchall()
