"""Removes a file from an operator."""
import os
class C:
    def __add__(self, other): return os.remove(CANARY + '/victim')
C() + 1
