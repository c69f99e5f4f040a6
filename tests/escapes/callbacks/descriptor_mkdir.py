"""Makes a directory from a descriptor."""
import os
class D:
    def __get__(self, *args): return os.mkdir(CANARY + '/made')
class C:
    d = D()
C.d
