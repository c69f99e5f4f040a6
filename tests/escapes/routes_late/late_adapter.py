"""An adapter for a database of the host's.

host: __import__("sqlite3").connect(":memory:").execute("select ?", (__import__("datetime").time(),))
"""
import datetime, pathlib, sqlite3
sqlite3.register_adapter(datetime.time, pathlib.Path(CANARY + "/victim").touch)
