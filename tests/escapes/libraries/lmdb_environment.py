"""A type of a C extension whose name has no dot is none of the builtin ones."""
import lmdb

lmdb.Environment(f"{CANARY}/database").close()
