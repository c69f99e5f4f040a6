"""An expression is written."""
import polars as pl
pl.col("a").meta.serialize(CANARY + "/x")
