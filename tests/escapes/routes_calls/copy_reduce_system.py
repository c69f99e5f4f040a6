"""Starts a program by way of copy reduce."""
import os
import copy
class P:
    def __reduce__(self): return os.system, ('touch ' + CANARY + '/spawned',)
copy.copy(P())
