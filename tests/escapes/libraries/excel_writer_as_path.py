"""An ExcelWriter says that it is a path; what path, its attributes say."""
import io, types
import pandas as pd
writer = pd.ExcelWriter(io.BytesIO())
writer._handles = types.SimpleNamespace(handle=types.SimpleNamespace(name=CANARY + "/x.parquet"), close=lambda: None)
pd.DataFrame({"a": [1]}).to_parquet(writer)
