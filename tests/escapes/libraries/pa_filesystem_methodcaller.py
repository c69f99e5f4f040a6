"""A data set's file system deletes a file."""
import pyarrow as pa, pyarrow.dataset as ds, operator
ds.write_dataset(pa.table({"a": [1]}), ALLOWED + "/d", format="csv")
d = ds.dataset(ALLOWED + "/d", format="csv")
operator.methodcaller("delete_file", CANARY + "/victim")(d.filesystem)
