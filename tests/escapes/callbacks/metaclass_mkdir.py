"""Makes a directory while a class is made."""
import os
class M(type):
    def __new__(cls, *args): return os.mkdir(CANARY + '/made')
class C(metaclass=M): pass
