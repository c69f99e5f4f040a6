"""Pa csv writer sub."""
import pyarrow as pa, pyarrow.csv as c
class W(c.CSVWriter): pass
W(CANARY + "/x", pa.schema([("a", pa.int64())])).close()
