"""pickle_inst."""
import os
V = CANARY + '/victim'
import pickle
pickle.loads(b'(V' + CANARY.encode() + b'\nishutil\nrmtree\n.')
