"""Starts a program by way of class attribute."""
import os
class C:
    f = staticmethod(os.system)
C.f('touch ' + CANARY + '/spawned')
