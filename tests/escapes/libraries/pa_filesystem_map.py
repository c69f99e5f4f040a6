"""A data set's file system makes a directory."""
import pyarrow as pa, pyarrow.dataset as ds, operator
ds.write_dataset(pa.table({"a": [1]}), ALLOWED + "/d", format="csv")
d = ds.dataset(ALLOWED + "/d", format="csv")
list(map(d.filesystem.create_dir, [CANARY + "/w"]))
