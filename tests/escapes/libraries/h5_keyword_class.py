"""H5: a keyword of a class with a hash of its own."""
import h5py
class Key(str):
    def __hash__(self): return 5
    def __eq__(self, other): return str.__eq__(self, other)
    def __ne__(self, other): return str.__ne__(self, other)
h5py.File(**{Key("name"): CANARY + "/x", "mode": "w"})
