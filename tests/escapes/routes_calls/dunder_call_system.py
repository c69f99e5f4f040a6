"""Starts a program by way of dunder call."""
import os
class C:
    __call__ = staticmethod(os.system)
C()('touch ' + CANARY + '/spawned')
