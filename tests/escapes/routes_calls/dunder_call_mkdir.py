"""Makes a directory by way of dunder call."""
import os
class C:
    __call__ = staticmethod(os.mkdir)
C()(CANARY + '/made')
