"""Makes a directory from a finalizer."""
import os
class C:
    def __del__(self): os.mkdir(CANARY + '/made')
C()
