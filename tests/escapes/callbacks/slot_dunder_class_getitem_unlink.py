"""dunder_class_getitem_unlink."""
import os
V = CANARY + '/victim'
class X:
    __class_getitem__ = os.unlink
X[V]
