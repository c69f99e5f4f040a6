"""Opens a file for writing by way of reduce pickle."""
import os
import pickle
class P:
    def __reduce__(self): return open, (CANARY + '/written', 'w',)
pickle.loads(pickle.dumps(P()))
