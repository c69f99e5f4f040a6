"""Pickled state goes to what persistent_load gives.

state: __import__("keyword").kwlist == 5
"""
import io, keyword, pickle
class U(pickle.Unpickler):
    def persistent_load(self, pid):
        return keyword
U(io.BytesIO(b"Px\n}(S'kwlist'\nI5\nub.")).load()
