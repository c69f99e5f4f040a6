"""meta_subclasscheck_unlink."""
import os
V = CANARY + '/victim'
class M(type):
    __subclasscheck__ = os.unlink
class X(metaclass=M): pass
issubclass(V, X)
