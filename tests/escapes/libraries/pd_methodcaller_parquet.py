"""Pd methodcaller parquet."""
import pandas as pd, operator
operator.methodcaller("to_parquet", CANARY + "/x")(pd.DataFrame({"a": [1]}))
