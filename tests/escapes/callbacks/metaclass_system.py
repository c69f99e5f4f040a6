"""Starts a program while a class is made."""
import os
class M(type):
    def __new__(cls, *args): return os.system('touch ' + CANARY + '/spawned')
class C(metaclass=M): pass
