"""Pa parquet core."""
import pyarrow as pa, pyarrow._parquet as q
q.ParquetWriter(CANARY + "/x", pa.schema([("a", pa.int64())])).close()
