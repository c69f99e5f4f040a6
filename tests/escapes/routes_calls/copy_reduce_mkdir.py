"""Makes a directory by way of copy reduce."""
import os
import copy
class P:
    def __reduce__(self): return os.mkdir, (CANARY + '/made',)
copy.copy(P())
