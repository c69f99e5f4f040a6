"""Starts a program from a descriptor."""
import os
class D:
    def __get__(self, *args): return os.system('touch ' + CANARY + '/spawned')
class C:
    d = D()
C.d
