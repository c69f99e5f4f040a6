"""Starts a program by way of property."""
import os
class C:
    @property
    def f(self): return os.system
C().f('touch ' + CANARY + '/spawned')
