"""The engine for parquet is asked by itself."""
import pandas as pd
from pandas.io.parquet import get_engine
get_engine("pyarrow").write(pd.DataFrame({"a": [1]}), CANARY + "/x", compression=None)
