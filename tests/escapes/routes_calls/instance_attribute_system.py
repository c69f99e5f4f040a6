"""Starts a program by way of instance attribute."""
import os
class C: pass
c = C()
c.f = os.system
c.f('touch ' + CANARY + '/spawned')
