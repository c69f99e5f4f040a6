"""meta_instancecheck_unlink."""
import os
V = CANARY + '/victim'
class M(type):
    __instancecheck__ = os.unlink
class X(metaclass=M): pass
isinstance(V, X)
