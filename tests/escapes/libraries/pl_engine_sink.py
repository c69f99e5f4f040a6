"""A polars engine sinks by itself."""
import inspect
import polars as pl
from polars.lazyframe.engine import InMemoryEngine
given = {n: p.default for n, p in inspect.signature(pl.LazyFrame.sink_csv).parameters.items()}
given |= {"include_bom": False, "compression": "uncompressed", "compression_level": None, "optimizations": pl.QueryOptFlags(), "lazy": False}
names = [n for n, p in inspect.signature(InMemoryEngine.sink_csv).parameters.items() if p.kind is p.KEYWORD_ONLY]
InMemoryEngine().sink_csv(pl.LazyFrame({"a": [1]}), CANARY + "/x", **{n: given.get(n) for n in names})
