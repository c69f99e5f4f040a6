"""Removes a file from __repr__, which the host calls."""
import os
class C:
    def __repr__(self): return str(os.remove(CANARY + '/victim'))
repr(C())
C()
