"""A host's thread pool runs a callable of the cell's.

host: KEPT["pool"].shutdown()
given: pool
"""
import pathlib
pool.submit(pathlib.Path(CANARY + "/x").touch)
