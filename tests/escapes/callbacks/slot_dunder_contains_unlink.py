"""dunder_contains_unlink."""
import os
V = CANARY + '/victim'
class X:
    __contains__ = os.unlink
V in X()
