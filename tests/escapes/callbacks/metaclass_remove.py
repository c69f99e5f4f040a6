"""Removes a file while a class is made."""
import os
class M(type):
    def __new__(cls, *args): return os.remove(CANARY + '/victim')
class C(metaclass=M): pass
