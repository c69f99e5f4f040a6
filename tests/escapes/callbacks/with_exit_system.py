"""Starts a program from __exit__."""
import os
class C:
    def __enter__(self): pass
    def __exit__(self, *args): os.system('touch ' + CANARY + '/spawned')
with C(): pass
