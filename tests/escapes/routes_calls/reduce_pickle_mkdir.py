"""Makes a directory by way of reduce pickle."""
import os
import pickle
class P:
    def __reduce__(self): return os.mkdir, (CANARY + '/made',)
pickle.loads(pickle.dumps(P()))
