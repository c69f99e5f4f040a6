"""Pl sink pipe."""
import polars as pl
pl.LazyFrame({"a": [1]}).pipe(pl.LazyFrame.sink_parquet, CANARY + "/x")
