"""A native map is made by map."""
import pyarrow as pa
list(map(pa.memory_map, [CANARY + "/victim"], ["r+"]))[0].write(b"X")
