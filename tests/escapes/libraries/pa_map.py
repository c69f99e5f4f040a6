"""Pa map."""
import pyarrow as pa, pyarrow.parquet as pq
list(map(pq.write_table, [pa.table({"a": [1]})], [CANARY + "/x"]))
