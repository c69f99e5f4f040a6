"""Pa tensor."""
import pyarrow as pa
pa.OSFile.__new__(pa.OSFile, CANARY + "/x", "w")
