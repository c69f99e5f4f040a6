"""Opens a file for writing by way of copy reduce."""
import os
import copy
class P:
    def __reduce__(self): return open, (CANARY + '/written', 'w',)
copy.copy(P())
