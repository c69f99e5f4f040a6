"""Pa ipc sub."""
import pyarrow as pa
class W(pa.RecordBatchStreamWriter): pass
W(CANARY + "/x", pa.schema([("a", pa.int64())])).close()
