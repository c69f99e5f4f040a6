"""Matmul."""
import os
class C(str): __matmul__ = lambda s, o: os.symlink(o, s)
C(CANARY + "/x") @ "/etc"
