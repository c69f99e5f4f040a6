"""A row factory touches a file."""
import pathlib, sqlite3
c = sqlite3.connect(":memory:")
c.row_factory = lambda cursor, row: pathlib.Path(CANARY, "x").touch()
c.execute("select 1").fetchall()
