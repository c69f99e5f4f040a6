"""An ORC writer opens a file natively."""
import pyarrow as pa
from pyarrow import _orc
w = _orc.ORCWriter(); w.open(CANARY + "/w")
w.write(pa.table({"a": [1]})); w.close()
