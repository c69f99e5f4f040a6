"""Makes a directory from __init_subclass__."""
import os
class B:
    def __init_subclass__(cls): os.mkdir(CANARY + '/made')
class C(B): pass
