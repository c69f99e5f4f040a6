"""Removes a file from a descriptor."""
import os
class D:
    def __get__(self, *args): return os.remove(CANARY + '/victim')
class C:
    d = D()
C.d
