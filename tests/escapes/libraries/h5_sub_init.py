"""H5 sub init."""
import h5py
class F(h5py.File):
    def __init__(self, p): super().__init__(p, "w")
F(CANARY + "/x")
