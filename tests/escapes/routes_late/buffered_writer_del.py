"""A buffered writer flushes to its raw stream when it is finalized."""
import io, pathlib, types, functools
yes = functools.partial(bool, 1)
raw = types.SimpleNamespace(writable=yes, readable=yes, seekable=functools.partial(bool, 0), closed=False, write=pathlib.Path(CANARY + "/x").write_bytes, close=list, flush=list)
b = io.BufferedWriter(raw)
b.write(b"abc")
