"""Numpy.load runs a pickle."""
import numpy as np, os, io
class P:
    def __reduce__(self): return os.system, ("touch " + CANARY + "/x",)
b = io.BytesIO(); np.save(b, np.array([P()], dtype=object), allow_pickle=True)
b.seek(0); np.load(b, allow_pickle=True)
