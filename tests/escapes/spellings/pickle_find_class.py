"""Pickle find class."""
import pickle, io
class U(pickle.Unpickler):
    def find_class(self, m, n): return super().find_class("os", "mkdir")
U(io.BytesIO(b"cos\nmkdir\n(V%b/x\ntR." % CANARY.encode())).load()
