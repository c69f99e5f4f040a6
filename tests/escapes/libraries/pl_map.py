"""Pl map."""
import polars as pl
list(map(pl.DataFrame({"a": [1]}).write_ipc, [CANARY + "/x"]))
