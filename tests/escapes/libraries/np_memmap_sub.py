"""Np memmap sub."""
import numpy as np
class M(np.memmap): pass
M(CANARY + "/x", dtype="u1", mode="w+", shape=(3,))
