"""dunder_round_unlink."""
import os
V = CANARY + '/victim'
class X:
    __round__ = os.unlink
round(X(), V)
