"""The native half of h5py is called by methodcaller."""
import h5py, operator
operator.methodcaller("create", (CANARY + "/w").encode())(h5py.h5f)
