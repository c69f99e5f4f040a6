"""A native file is opened by map."""
import pyarrow as pa
list(map(pa.OSFile, [CANARY + "/x"], ["wb"]))
