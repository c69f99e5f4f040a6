"""Del is library function."""
import pathlib
class P(type(pathlib.Path())):
    __del__ = pathlib.Path.touch
_c = P(CANARY + "/x")
