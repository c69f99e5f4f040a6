"""The unpickler that is written in Python restores a module's state.

state: __import__("keyword").kwlist == 5
"""
import io, keyword, pickle
class U(pickle._Unpickler):
    def persistent_load(self, pid):
        return keyword
U(io.BytesIO(b"Px\n}(S'kwlist'\nI5\nub.")).load()
