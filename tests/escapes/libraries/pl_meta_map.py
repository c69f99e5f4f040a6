"""An expression's method writes, by map."""
import polars as pl
list(map(pl.col("a").meta.serialize, [CANARY + "/x"]))
