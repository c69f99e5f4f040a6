"""The host calls a partial that a run left in its namespace.

host: KEPT["kept"]()
"""
import functools, pathlib
kept = functools.partial(pathlib.Path.touch, pathlib.Path(CANARY + "/new"))
