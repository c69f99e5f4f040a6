"""Makes a directory by way of class attribute."""
import os
class C:
    f = staticmethod(os.mkdir)
C.f(CANARY + '/made')
