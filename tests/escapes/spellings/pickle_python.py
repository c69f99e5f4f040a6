"""Pickle python."""
import pickle, io
pickle._Unpickler(io.BytesIO(b"cos\nmkdir\n(V%b/x\ntR." % CANARY.encode())).load()
