"""Class getitem."""
import os
class C: __class_getitem__ = staticmethod(os.mkdir)
C[CANARY + "/x"]
