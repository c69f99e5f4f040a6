"""An unpickler sets items of sys.modules.

state: __import__("sys").modules.get("planted") == 5
"""
import io, pickle, sys
class U(pickle.Unpickler):
    def persistent_load(self, pid):
        return sys.modules
U(io.BytesIO(b"Px\n(S'planted'\nI5\nu.")).load()
