"""Del is bound method."""
import pathlib
class C:
    __del__ = pathlib.Path(CANARY + "/x").touch
_c = C()
