"""Makes a directory from __exit__."""
import os
class C:
    def __enter__(self): pass
    def __exit__(self, *args): os.mkdir(CANARY + '/made')
with C(): pass
