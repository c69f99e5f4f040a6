"""Scipy mmwrite map."""
import scipy.io, scipy.sparse
list(map(scipy.io.mmwrite, [CANARY + "/x"], [scipy.sparse.eye(3)]))
