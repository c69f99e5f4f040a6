"""Removes a file by way of property."""
import os
class C:
    @property
    def f(self): return os.remove
C().f(CANARY + '/victim')
