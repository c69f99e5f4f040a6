"""Opens a file for writing by way of property."""
import os
class C:
    @property
    def f(self): return open
C().f(CANARY + '/written', 'w')
