"""Pl methodcaller."""
import polars as pl, operator
operator.methodcaller("write_parquet", CANARY + "/x")(pl.DataFrame({"a": [1]}))
