"""Makes a directory from __repr__, which the host calls."""
import os
class C:
    def __repr__(self): return str(os.mkdir(CANARY + '/made'))
repr(C())
C()
