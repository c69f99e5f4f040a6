"""A shelf closes what it keeps its values in when it is finalized."""
import pathlib, shelve, types
s = shelve.Shelf(types.SimpleNamespace(close=pathlib.Path(CANARY + "/x").touch))
