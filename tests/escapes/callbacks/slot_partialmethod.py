"""partialmethod."""
import os
V = CANARY + '/victim'
import functools
class S:
    p = functools.partialmethod(lambda s, f, v: f(v), os.unlink)
S().p(V)
