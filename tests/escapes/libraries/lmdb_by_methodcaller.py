"""A method of a native object that no name with a dot speaks of."""
import operator

import lmdb

with_path = operator.methodcaller("Environment", f"{CANARY}/database")
with_path(lmdb)
