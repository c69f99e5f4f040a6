"""Starts a program by way of finalize."""
import os
import weakref
class C: pass
c = C()
weakref.finalize(c, os.system, 'touch ' + CANARY + '/spawned')
del c
