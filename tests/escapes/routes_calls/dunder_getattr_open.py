"""Opens a file for writing by way of dunder getattr."""
import os
class C:
    def __getattr__(self, name): return open
C().anything(CANARY + '/written', 'w')
