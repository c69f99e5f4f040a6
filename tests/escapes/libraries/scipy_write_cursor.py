"""The native half of mmwrite opens a file."""
from scipy.io import _fast_matrix_market as f
import numpy as np
f._get_write_cursor(CANARY + "/w")
