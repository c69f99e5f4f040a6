"""Starts a program from an operator."""
import os
class C:
    def __add__(self, other): return os.system('touch ' + CANARY + '/spawned')
C() + 1
