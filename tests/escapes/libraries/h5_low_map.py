"""The native half of h5py is mapped."""
import h5py
list(map(h5py.h5f.create, [(CANARY + "/w").encode()]))
