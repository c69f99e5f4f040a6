"""Removes a file by way of dunder call."""
import os
class C:
    __call__ = staticmethod(os.remove)
C()(CANARY + '/victim')
