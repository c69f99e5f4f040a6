"""Metadata of parquet is written natively."""
import pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({"a": [1]}), ALLOWED + "/a.parquet")
pq.read_metadata(ALLOWED + "/a.parquet").write_metadata_file(CANARY + "/w")
