"""Removes a file from __init_subclass__."""
import os
class B:
    def __init_subclass__(cls): os.remove(CANARY + '/victim')
class C(B): pass
