"""H5 map."""
import h5py
list(map(h5py.File, [CANARY + "/x"], ["w"]))
