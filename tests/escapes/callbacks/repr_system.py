"""Starts a program from __repr__, which the host calls."""
import os
class C:
    def __repr__(self): return str(os.system('touch ' + CANARY + '/spawned'))
repr(C())
C()
