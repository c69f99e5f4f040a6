"""Pa ipc lib."""
import pyarrow.lib as l, pyarrow as pa
w = l._RecordBatchStreamWriter(); w._open(CANARY + "/x", pa.schema([("a", pa.int64())]), l.IpcWriteOptions()); w.close()
