"""Makes a directory by way of property."""
import os
class C:
    @property
    def f(self): return os.mkdir
C().f(CANARY + '/made')
