"""meta_or_unlink."""
import os
V = CANARY + '/victim'
class M(type):
    __or__ = os.unlink
class X(metaclass=M): pass
X | V
