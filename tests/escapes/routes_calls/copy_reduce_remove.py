"""Removes a file by way of copy reduce."""
import os
import copy
class P:
    def __reduce__(self): return os.remove, (CANARY + '/victim',)
copy.copy(P())
