"""Removes a file from __exit__."""
import os
class C:
    def __enter__(self): pass
    def __exit__(self, *args): os.remove(CANARY + '/victim')
with C(): pass
