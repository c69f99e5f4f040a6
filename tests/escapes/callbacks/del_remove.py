"""Removes a file from a finalizer."""
import os
class C:
    def __del__(self): os.remove(CANARY + '/victim')
C()
