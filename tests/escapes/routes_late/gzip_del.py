"""A gzip file writes to its file object when it is finalized."""
import gzip, pathlib, types
raw = types.SimpleNamespace(write=pathlib.Path(CANARY + "/x").write_bytes, close=list, flush=list, name="x")
g = gzip.GzipFile(fileobj=raw, mode="wb")
raw.write = pathlib.Path(CANARY + "/y").write_bytes
g.write(b"abc")
