"""Pa parquetwriter sub."""
import pyarrow as pa, pyarrow.parquet as q
class W(q.ParquetWriter): pass
W(CANARY + "/x", pa.schema([("a", pa.int64())])).close()
