"""dunder_delitem_unlink."""
import os
V = CANARY + '/victim'
class X:
    __delitem__ = os.unlink
del X()[V]
