"""numpy calls for a floating point error.

host: __import__("numpy").float64(1) / 0
"""
import numpy as np, pathlib, types
np.seterrcall(types.SimpleNamespace(write=pathlib.Path(CANARY + "/x").write_text))
np.seterr(all="log")
