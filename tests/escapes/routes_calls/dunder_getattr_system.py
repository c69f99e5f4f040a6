"""Starts a program by way of dunder getattr."""
import os
class C:
    def __getattr__(self, name): return os.system
C().anything('touch ' + CANARY + '/spawned')
