"""A generator of a library's, finalized, leaves its with statement."""
import contextlib, pathlib
stack = contextlib.ExitStack()
stack.callback(pathlib.Path(CANARY + "/x").touch)
@contextlib.contextmanager
def kept():
    with stack:
        yield
c = kept()
c.__enter__()
