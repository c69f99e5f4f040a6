"""Classmethod denied."""
import os
class C: f = staticmethod(os.mkdir)
C.f(CANARY + "/x"); C().f(CANARY + "/y")
