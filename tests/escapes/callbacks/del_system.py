"""Starts a program from a finalizer."""
import os
class C:
    def __del__(self): os.system('touch ' + CANARY + '/spawned')
C()
