"""H5 sub."""
import h5py
class F(h5py.File): pass
F(CANARY + "/x", "w")
