"""A converter for a database of the host's.

host: __import__("sqlite3").connect(":memory:", detect_types=2).execute('select 1 as "a [evil]"').fetchall()
"""
import pathlib, sqlite3
sqlite3.register_converter("evil", pathlib.Path(CANARY + "/x").write_bytes)
