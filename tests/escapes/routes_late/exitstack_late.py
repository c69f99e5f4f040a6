"""Exitstack late."""
import contextlib, pathlib
class S(contextlib.ExitStack):
    __del__ = contextlib.ExitStack.close
_s = S(); _s.callback(pathlib.Path(CANARY + "/x").touch)
