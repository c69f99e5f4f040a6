"""Starts a program from __set_name__."""
import os
class D:
    def __set_name__(self, owner, name): os.system('touch ' + CANARY + '/spawned')
class C:
    d = D()
