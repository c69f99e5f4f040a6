"""Pa feather lib."""
import pyarrow as pa, pyarrow._feather as f
f.write_feather(pa.table({"a": [1]}), CANARY + "/x")
