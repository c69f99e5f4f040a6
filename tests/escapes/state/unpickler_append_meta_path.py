"""An unpickler appends to sys.meta_path.

state: 5 in __import__("sys").meta_path
"""
import io, pickle, sys
class U(pickle.Unpickler):
    def persistent_load(self, pid):
        return sys.meta_path
U(io.BytesIO(b"Px\nI5\na.")).load()
