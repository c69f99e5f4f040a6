"""dunder_divmod_unlink."""
import os
V = CANARY + '/victim'
class X:
    __divmod__ = os.unlink
divmod(X(), V)
