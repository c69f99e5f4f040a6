"""tofile writes to a copy of the host's descriptor.

given: fd
"""
import numpy as np
class F:
    def __init__(s, f): s.f = f
    def fileno(s): return s.f
    def flush(s): pass
    def tell(s): return 0
    def seek(s, *a): return 0
np.arange(3).tofile(F(fd))
