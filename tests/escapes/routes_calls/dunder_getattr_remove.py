"""Removes a file by way of dunder getattr."""
import os
class C:
    def __getattr__(self, name): return os.remove
C().anything(CANARY + '/victim')
