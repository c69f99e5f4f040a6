"""Pl pipe."""
import polars as pl
pl.DataFrame({"a": [1]}).pipe(pl.DataFrame.write_parquet, CANARY + "/x")
