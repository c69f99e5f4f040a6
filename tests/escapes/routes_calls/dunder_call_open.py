"""Opens a file for writing by way of dunder call."""
import os
class C:
    __call__ = staticmethod(open)
C()(CANARY + '/written', 'w')
