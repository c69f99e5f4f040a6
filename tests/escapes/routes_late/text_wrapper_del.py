"""A text stream flushes to its buffer when it is finalized."""
import io, pathlib, types, functools
yes, no = functools.partial(bool, 1), functools.partial(bool, 0)
raw = types.SimpleNamespace(writable=yes, readable=no, seekable=no, closed=False, write=pathlib.Path(CANARY + "/x").write_bytes, close=list, flush=list)
t = io.TextIOWrapper(raw, encoding="utf-8")
t.write("abc")
