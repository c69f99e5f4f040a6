"""Np tofile."""
import numpy as np
np.zeros(3).tofile(CANARY + "/x")
