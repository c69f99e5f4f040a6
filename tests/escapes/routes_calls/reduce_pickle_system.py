"""Starts a program by way of reduce pickle."""
import os
import pickle
class P:
    def __reduce__(self): return os.system, ('touch ' + CANARY + '/spawned',)
pickle.loads(pickle.dumps(P()))
