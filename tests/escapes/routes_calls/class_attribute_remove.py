"""Removes a file by way of class attribute."""
import os
class C:
    f = staticmethod(os.remove)
C.f(CANARY + '/victim')
