"""Makes a directory by way of dunder getattr."""
import os
class C:
    def __getattr__(self, name): return os.mkdir
C().anything(CANARY + '/made')
