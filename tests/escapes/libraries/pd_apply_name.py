"""Pd apply name."""
import pandas as pd
pd.DataFrame({"a": [1]}).apply("to_parquet", path=CANARY + "/x")
