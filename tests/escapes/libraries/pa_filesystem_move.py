"""A data set's file system moves a file into the allowed folder."""
import pyarrow as pa, pyarrow.dataset as ds
ds.write_dataset(pa.table({"a": [1]}), ALLOWED + "/d", format="csv")
f = ds.dataset(ALLOWED + "/d", format="csv").filesystem
list(map(f.move, [CANARY + "/victim"], [ALLOWED + "/v"]))
