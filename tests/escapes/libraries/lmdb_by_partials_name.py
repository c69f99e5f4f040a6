"""A class that calls itself functools.partial is not judged by its func."""
import lmdb

Partial = type("functools.partial", (), {"func": len, "args": (), "keywords": {}, "__call__": lmdb.Environment})
Partial()(f"{CANARY}/database")
