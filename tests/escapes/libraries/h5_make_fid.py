"""The function below h5py.File makes a file."""
from h5py._hl import files
files.make_fid((CANARY + "/w").encode(), "w", None, None)
