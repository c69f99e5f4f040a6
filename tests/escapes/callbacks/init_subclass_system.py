"""Starts a program from __init_subclass__."""
import os
class B:
    def __init_subclass__(cls): os.system('touch ' + CANARY + '/spawned')
class C(B): pass
